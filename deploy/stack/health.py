"""Asks a program for its health."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Final

SILENT: Final = "it does not answer"


def waits_for(port: int, *, address: str = "127.0.0.1", timeout_s: float = 2.0) -> str | None:
    """What a program waits for, as `/health` says it, or `SILENT`; None while it does its work."""
    host = f"[{address}]" if ":" in address else address
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/health", timeout=timeout_s):
            return None
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode(errors="replace").strip()
    except (OSError, ValueError):
        return SILENT
