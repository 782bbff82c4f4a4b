"""The parts of `inturn run`: what belongs to the stack, and how it is started, supervised and ended."""
