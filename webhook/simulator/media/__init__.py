"""The files of both sides: what customers send, what the business uploads, and how each provider hands them out."""
