"""Understands what customers write, offline: normalised words, lists of phrases and small grammars."""
