"""Fuzzing: ingest must neither crash nor hang on any input, and must account for every message."""
