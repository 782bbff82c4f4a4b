"""The checks of `inturn doctor`, one file for each subject. Each check returns findings and never raises."""
