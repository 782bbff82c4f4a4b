"""Campaigns: their rows are handed over to the intake, each as an action of its customer."""
