"""The benchmark: what a message costs, beside what it could cost at least and what the common ways cost."""
