"""A stand-in for WhatsApp's providers, for development, demos and tests. It must not know the workers."""

from webhook.simulator.app import create_app

__all__ = ["create_app"]
