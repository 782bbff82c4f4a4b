"""The HTTP server: `python -m webhook.serving` starts granian with a body reader in front of our applications.

A view is called in a thread, and only a complete request gets a thread. So silent and slow connections block nobody.
Behind a proxy that reads whole bodies any WSGI server will do.
"""
