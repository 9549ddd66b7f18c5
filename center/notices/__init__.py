"""Notices of the caller: the list of the bell, and acknowledgements."""
