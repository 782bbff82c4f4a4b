"""The parts of `inturn chat`: a customer's phone in the terminal, scripts, and the conversation at a prompt."""
