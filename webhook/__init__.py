"""The HTTP edge: verify, store, wake, answer. It must not know the worker."""
