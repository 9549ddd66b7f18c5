"""Stills and evidence, and thumbnails of both."""
