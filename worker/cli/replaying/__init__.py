"""What `inturn replay` is made of: fixtures, requests as a provider signs them, a pace, watchers, reports."""
