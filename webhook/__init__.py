"""The HTTP edge: verify, store, wake, answer. It does not import the worker."""
