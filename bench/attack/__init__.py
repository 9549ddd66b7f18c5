"""Attacks on a stack of our own, on loopback: what hostile accounts and connections can do."""
