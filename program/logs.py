"""One log line form for all programs: time, level, program, message; to stderr."""

from __future__ import annotations

import logging
import sys


def set_up(program: str, *, level: str = "INFO") -> None:
    """Send this process's log to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    line = f"%(asctime)s.%(msecs)03d %(levelname)-7s {program} %(message)s"
    handler.setFormatter(logging.Formatter(line, "%Y-%m-%dT%H:%M:%S"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
