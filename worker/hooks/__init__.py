"""Outgoing webhooks: an operator's URL gets the event stream, see docs/hooks.md."""
