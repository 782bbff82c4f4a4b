"""The built-in assistants, and what they share: the understanding of messages and the catalogue of records."""
