"""What `inturn doctor` looks at: a file an organ. Each examination returns findings and never raises."""
