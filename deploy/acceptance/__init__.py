"""Acceptance test: runs the real stack on the simulated city and compares its cases with the truth."""
