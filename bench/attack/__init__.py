"""Attacks on a stack of our own, loopback only: what hostile accounts and connections can and cannot do."""
