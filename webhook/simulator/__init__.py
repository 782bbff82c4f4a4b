"""Stands in for the providers of WhatsApp, for development, demos and tests. It imports nothing of the workers."""
