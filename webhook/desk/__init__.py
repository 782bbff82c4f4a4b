"""The desk: where people see the conversations, take them over and answer. It must not know the worker.

`gunicorn 'webhook.desk:create_app()'` runs it as a process of its own; the webhook serves it as well.
"""

from webhook.desk.app import create_app

__all__ = ["create_app"]
