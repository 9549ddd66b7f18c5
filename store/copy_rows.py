"""Rows for COPY in PostgreSQL's binary format, made by NumPy one column at a time.

A row of this format is a field count, then length and value of each field, big-endian; a NULL has the
length -1 and no value. Rows with the same NULLs have the same layout and are built as one structured array;
the order of rows within a COPY does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"
EPOCH_2000_US: Final = 946_684_800_000_000
"""Microseconds since 1970 of 2000-01-01T00:00:00Z, PostgreSQL's epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFormat:
    """The columns of a table that are copied.

    Attributes:
        columns: (name, NumPy type of the value on the wire: `>i4`, `>i8`, `>f4`, `>f8` or `u1`).
    """

    columns: Sequence[tuple[str, str]]
    _templates: dict[int, NDArray[Any]] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> list[str]:
        """The columns' names, for COPY."""
        return [name for name, _ in self.columns]

    def encode(self, values: Mapping[str, Any], missing: Mapping[str, NDArray[np.bool_]], rows: int) -> bytes:
        """The whole COPY stream.

        Args:
            values: by column, an array of `rows` values, or one value for all.
            missing: by column, a mask of NULLs; other columns have none.
            rows: the number of rows.
        """
        pattern: int | NDArray[np.int64] = 0  # the usual case: all rows have the same NULLs
        for bit, (name, _) in enumerate(self.columns):
            if name in missing and (first := missing[name]).any():
                pattern = pattern | (1 if first.all() else first.astype(np.int64)) << bit
        if isinstance(pattern, int):
            return b"".join((_HEADER, self._block(values, slice(None), rows, pattern), _TRAILER))
        parts: list[bytes | memoryview[int]] = [_HEADER]
        for nulls in np.unique(pattern).tolist():
            chosen = np.flatnonzero(pattern == nulls)
            parts.append(self._block(values, chosen, len(chosen), nulls))
        parts.append(_TRAILER)
        return b"".join(parts)

    def _block(
        self, values: Mapping[str, Any], chosen: slice | NDArray[np.intp], rows: int, nulls: int
    ) -> memoryview[int]:
        """The chosen rows, which have the same NULLs."""
        template = self._template(nulls)
        block = np.full(rows, template, dtype=template.dtype)
        for bit, (name, _) in enumerate(self.columns):
            if not nulls >> bit & 1:
                value = values[name]
                block[name] = value[chosen] if isinstance(value, np.ndarray) else value
        return block.view(np.uint8).data

    def _template(self, nulls: int) -> NDArray[Any]:
        """One row for a set of NULLs, with lengths and without values."""
        if nulls not in self._templates:
            fields = [("", ">i2")]
            for bit, (name, kind) in enumerate(self.columns):
                fields.append((f"length of {name}", ">i4"))
                if not nulls >> bit & 1:
                    fields.append((name, kind))
            fields[0] = ("fields", ">i2")
            row = np.zeros((), dtype=fields)
            row["fields"] = len(self.columns)
            for bit, (name, kind) in enumerate(self.columns):
                row[f"length of {name}"] = -1 if nulls >> bit & 1 else np.dtype(kind).itemsize
            self._templates[nulls] = row
        return self._templates[nulls]
