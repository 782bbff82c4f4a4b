"""How our applications meet the network: `python -m webhook.serving` starts granian with a reader in front of them.

A view is called in a thread, and a thread is given only to a request whose body is there: so whoever opens
connections and is silent, or slow, stops nobody. Behind a proxy that reads whole bodies any WSGI server will do.
"""
