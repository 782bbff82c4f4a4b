"""The channels: what providers post to us, and what we post to them."""
