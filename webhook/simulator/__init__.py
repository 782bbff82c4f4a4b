"""Stands in for the providers of WhatsApp, for development, demos and tests. It imports nothing of the workers."""

from webhook.simulator.app import create_app

__all__ = ["create_app"]
