"""WhatsApp through Twilio: reads its form bodies, sends replies, classifies its answers."""
