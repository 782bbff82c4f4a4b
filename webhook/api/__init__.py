"""The HTTP API for other programs. It is loaded only if there are tokens; it must not know the worker."""
