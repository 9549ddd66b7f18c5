"""Fuzzing: whatever arrives at the socket, ingest must not crash or hang, and account for every message."""
