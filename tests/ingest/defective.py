"""Ingest with a defect, for tests: it fails at fixes of one accuracy. `python -m tests.ingest.defective`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ingest.__main__ import command
from ingest.position_rows import PositionRows

_UNLUCKY_M = 13.0
_follow = PositionRows.follow


async def _fail(self: PositionRows, connection: Any, copied: Any, written: Any, **more: Any) -> None:
    if (np.asarray(copied.fixes.accuracy_m) == _UNLUCKY_M).any():
        raise ZeroDivisionError("an unlucky accuracy")
    await _follow(self, connection, copied, written, **more)


if __name__ == "__main__":
    setattr(PositionRows, "follow", _fail)  # noqa: B010 a method of the type checker's
    command()
