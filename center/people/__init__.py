"""Accounts, sessions, passwords, and the caller of a request."""
