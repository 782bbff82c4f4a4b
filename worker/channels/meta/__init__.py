"""Meta's WhatsApp Cloud API: reads its webhook bodies, sends replies, classifies its answers."""
