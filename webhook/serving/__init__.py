"""The HTTP server: `python -m webhook.serving` starts granian with a body reader in front of our applications.

A view is called in a thread, and only a complete request gets a thread. So silent and slow connections block nobody. What
providers post is answered on the loop, if its body is small (`webhook/endpoints.py`).
Behind a proxy that reads whole bodies any WSGI server will do.
"""
