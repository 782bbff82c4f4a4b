"""The assistants that come with the house, a file each. An operator's own is named by `ASSISTANT`."""
