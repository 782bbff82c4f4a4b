"""Understanding what customers write, without an account anywhere: normalised words, phrase lists, small grammars."""

from worker.understanding.message import understand
from worker.understanding.values import Domain, Understanding

__all__ = ["Domain", "Understanding", "understand"]
