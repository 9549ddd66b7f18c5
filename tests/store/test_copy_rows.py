"""Binary COPY rows hold what was put in, NULLs where they belong."""

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from store.copy_rows import RowFormat

FORMAT = RowFormat(columns=(("a", ">i4"), ("b", ">f8"), ("c", "u1"), ("d", ">i8")))


def parse(stream: bytes) -> list[tuple[object, ...]]:
    """An independent reader of the format, as PostgreSQL's manual describes it."""
    assert stream[:19] == b"PGCOPY\n\xff\r\n\x00" + bytes(8)
    at, rows = 19, []
    while (fields := struct.unpack_from(">h", stream, at)[0]) != -1:
        at += 2
        row: list[object] = []
        for code in (">i", ">d", ">B", ">q")[:fields]:
            (length,) = struct.unpack_from(">i", stream, at)
            at += 4
            if length == -1:
                row.append(None)
                continue
            assert length == struct.calcsize(code)
            row.append(struct.unpack_from(code, stream, at)[0])
            at += length
        rows.append(tuple(row))
    assert stream[at:] == b"\xff\xff"
    return rows


rows = st.lists(
    st.tuples(
        st.integers(-(2**31), 2**31 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.integers(0, 1),
    ),
    max_size=30,
)


@given(rows, st.integers(-(2**63), 2**63 - 1))
def test_every_row_arrives_once(given_rows: list[tuple[int, float | None, int | None]], common: int) -> None:
    columns = list(zip(*given_rows, strict=True)) or [(), (), ()]
    stream = FORMAT.encode(
        {
            "a": np.array(columns[0], dtype=np.int64),
            "b": np.array([0.0 if value is None else value for value in columns[1]]),
            "c": np.array([value or 0 for value in columns[2]], dtype=np.int8),
            "d": common,
        },
        {
            "b": np.array([value is None for value in columns[1]], dtype=bool),
            "c": np.array([value is None for value in columns[2]], dtype=bool),
        },
        len(given_rows),
    )
    expected = [(*row, common) for row in given_rows]
    assert sorted(parse(stream), key=repr) == sorted(expected, key=repr)
