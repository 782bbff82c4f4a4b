"""The parts of `inturn replay`: fixtures, signed requests, their schedule, a run and its report."""
