"""Telegram's Bot API: reads its updates, sends replies, classifies its answers."""
