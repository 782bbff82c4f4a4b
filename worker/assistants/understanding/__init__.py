"""Understanding what customers write, without an account anywhere: normalised words, phrase lists, small grammars."""
