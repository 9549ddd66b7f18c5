"""Adapters: each translates one kind of foreign message into our message types."""
