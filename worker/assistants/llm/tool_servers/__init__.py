"""The tools of MCP servers, which a model may call beside `search` and `answer`. Extra `inturn[mcp]`."""
