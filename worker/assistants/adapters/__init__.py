"""Agents of other frameworks as assistants: session, replies, reminders and the effects of tools are one commit.

Each module has a `from_agent` that makes an assistant of an agent. An agent gets the turn in the way of its framework.
"""

from worker.assistants.adapters.agent_turns import once

__all__ = ["once"]
