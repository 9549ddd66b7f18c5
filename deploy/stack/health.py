"""Asking a program how it does."""

from __future__ import annotations

import urllib.error
import urllib.request


def waits_for(port: int, *, timeout_s: float = 2.0) -> str | None:
    """What a program on this machine waits for, in its own words; None while it does its work."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=timeout_s):
            return None
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode(errors="replace").strip()
    except (OSError, ValueError):
        return "it does not answer"
