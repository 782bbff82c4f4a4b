"""The programs that do the work: intake, turns, deliveries, sweep, and the command line."""
