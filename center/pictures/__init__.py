"""Stills, evidence and small copies of both."""
