"""Agents of other frameworks as assistants: session, replies, reminders and the effects of tools are one commit.

Each module has a `from_agent` that makes an assistant of an agent. An agent gets the turn in the way of its framework.
"""

from worker.assistants.adapters.tools import asks_first, once

__all__ = ["asks_first", "once"]
