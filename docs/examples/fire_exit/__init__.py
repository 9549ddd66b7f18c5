"""Detects obstacles in front of a fire exit: the worked example of docs/adding-a-detector.md."""
