"""Ingest with a defect, for tests: it fails at fixes of one accuracy. `python -m tests.ingest.defective`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ingest.__main__ import command
from ingest.writer import Writer

_UNLUCKY_M = 13.0
_follow_fixes = Writer._follow_fixes


async def _fail(self: Writer, connection: Any, batch: Any, *more: Any) -> None:
    if (np.asarray(batch.fixes.accuracy_m) == _UNLUCKY_M).any():
        raise ZeroDivisionError("an unlucky accuracy")
    await _follow_fixes(self, connection, batch, *more)


if __name__ == "__main__":
    setattr(Writer, "_follow_fixes", _fail)  # noqa: B010 a method of the type checker's
    command()
