"""Fetches what customers send as files, keeps it, and has it read. Work like any other: leased, retried, given up with a letter."""
