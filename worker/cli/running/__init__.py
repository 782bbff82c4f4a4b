"""Everything that `inturn run` needs: what belongs to the stack, and how it is started, watched and ended."""
