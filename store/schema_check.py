"""Checks that a database's tables are as migrations make them: hypertables, columns, keys, functions.

`schema_version` only lists what was applied. After a failed restore (such as one without
`timescaledb_pre_restore`) it is correct although hypertables are plain tables without rows. `schema.txt`
describes a freshly migrated database, one line for each object; a test generates it again and compares.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from store.connection import Connection
from store.errors import SchemaError

_SHOWN: Final = 3
_OURS: Final = """
relnamespace = current_schema()::regnamespace AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
"""
_DESCRIBE: Final = f"""
SELECT format('%s %s', CASE WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, relname) AS line
FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') AND {_OURS}
UNION ALL
SELECT format('column %s.%s %s%s%s', relname, attname, format_type(atttypid, atttypmod),
              CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END,
              CASE WHEN attidentity <> '' THEN ' IDENTITY'
                   ELSE COALESCE(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') END)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind IN ('r', 'p', 'v', 'm') AND attnum > 0 AND NOT attisdropped AND {_OURS}
UNION ALL
SELECT format('index %s',
              regexp_replace(pg_get_indexdef(indexrelid), ' ON (\\S+\\.)?(\\w+) USING ', ' ON \\2 USING '))
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relkind IN ('r', 'p') AND indisvalid AND {_OURS}
UNION ALL
SELECT format('constraint %s %s', relname, pg_get_constraintdef(pg_constraint.oid))
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
WHERE contype IN ('p', 'u', 'f', 'c') AND convalidated AND {_OURS}
UNION ALL
SELECT format('trigger %s %s', relname, tgname)
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal AND tgname NOT LIKE 'ts\\_%' AND tgenabled <> 'D' AND {_OURS}
UNION ALL
SELECT format('function %s(%s) %s', proname, pg_get_function_identity_arguments(pg_proc.oid), md5(prosrc))
FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
UNION ALL
SELECT format('hypertable %s by %s', hypertable_name, string_agg(column_name, ', ' ORDER BY dimension_number))
FROM timescaledb_information.dimensions WHERE hypertable_schema = current_schema() GROUP BY hypertable_name
"""  # noqa: S608 (of our own parts)
_LOST_CHUNKS: Final = """
SELECT (SELECT count(*) FROM _timescaledb_catalog.chunk
        WHERE NOT dropped AND to_regclass(format('%I.%I', schema_name, table_name)) IS NULL) AS without_table,
       (SELECT count(*) FROM pg_class
        WHERE relnamespace = '_timescaledb_internal'::regnamespace AND relkind = 'r'
          AND relname LIKE '\\_hyper\\_%\\_chunk'
          AND NOT EXISTS (SELECT FROM _timescaledb_catalog.chunk
                          WHERE schema_name = '_timescaledb_internal' AND table_name = relname)
       ) AS without_hypertable,
       COALESCE(current_setting('timescaledb.restoring', true), 'off') = 'on' AS restoring
"""


async def describe(connection: Connection) -> list[str]:
    """The lines that describe the present database, in order."""
    rows = await connection.fetch(_DESCRIBE)
    return sorted(row["line"] for row in rows)


def expected() -> list[str]:
    """The lines of a database after this release's migrations; both editions have at least these."""
    return files("store").joinpath("schema.txt").read_text(encoding="utf-8").splitlines()


async def check_schema(connection: Connection, *, but_for: str | None = None) -> None:
    """Compare the tables with the expected ones. Additional objects are not a fault.

    Args:
        connection: of any user.
        but_for: a view that may be missing.

    Raises:
        SchemaError: something is missing or different; the text names it.
    """
    chunks = await connection.fetchrow(_LOST_CHUNKS)
    assert chunks is not None
    problems = []
    if chunks["restoring"]:
        problems.append("it is in the middle of a restore (timescaledb.restoring is on)")
    if chunks["without_table"]:
        problems.append(f"{chunks['without_table']} chunks of hypertables have no table")
    if chunks["without_hypertable"]:
        problems.append(f"{chunks['without_hypertable']} tables of chunks belong to no hypertable")
    found = set(await describe(connection))
    problems += [
        f"no {line}"
        for line in sorted(expected(), key=lambda line: not line.startswith(("table", "hypertable")))
        if line not in found and not (but_for and f" {but_for}" in line.partition(".")[0])
    ]
    if problems:
        shown = ", ".join(problems[:_SHOWN])
        more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise SchemaError(
            f"the database's tables do not match its schema version: {shown}{more}"
            "; restore it again with streetwarden restore (docs/runbook.md)"
        )
