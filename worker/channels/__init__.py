"""The providers, a folder each: read their bodies, render and send replies, classify their errors."""
