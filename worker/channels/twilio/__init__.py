"""WhatsApp through Twilio: reads its form bodies, sends replies, classifies its answers."""

from worker.channels.twilio.channel import Twilio

__all__ = ["Twilio"]
