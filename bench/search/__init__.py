"""The search: how quick it is, and whether it finds what was meant."""
