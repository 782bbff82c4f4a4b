"""Questions about the business itself, answered from a file of the operator: found by meaning, never guessed."""
