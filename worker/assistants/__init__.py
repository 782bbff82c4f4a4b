"""The assistants that come with the house, a room each. An operator's own is named by `ASSISTANT`."""
