"""Meta's WhatsApp Cloud API: reads its webhook bodies, sends replies, classifies its answers."""

from worker.channels.meta.channel import Meta

__all__ = ["Meta"]
