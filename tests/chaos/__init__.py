"""Chaos: real processes are killed, stopped and cut off while customers write; then an audit from outside."""
