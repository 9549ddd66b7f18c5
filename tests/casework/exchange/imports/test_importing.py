"""Lists come into the database whole or not at all, and every refused row is named."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from casework.exchange.imports import TABLES, How, Imported, ImportFileError, import_table
from casework.exchange.imports.reader import read
from deploy.exchange_commands import exchange
from store.connection import Pool

pytestmark = pytest.mark.servers

COMPONENTS = (
    "标识码,部件名称,权属单位,经度,纬度,备注\n"
    "3505820102000001,井盖,水务局,118.6,24.9,x\n"
    "3505820102000002,井盖,,118.61,24.9,\n"
)


async def take(pool: Pool, table: str, text: str, **how: Any) -> Imported:
    async with pool.acquire() as connection:
        return await import_table(connection, TABLES[table], read(text.encode(), How(format="csv")), **how)


async def test_components_are_added_changed_and_counted(pool: Pool) -> None:
    dry = await take(pool, "components", COMPONENTS, dry_run=True)
    assert (dry.added, dry.written, dry.ignored_columns) == (2, False, ["备注"])
    assert await pool.fetchval("SELECT count(*) FROM component") == 0
    first = await take(pool, "components", COMPONENTS)
    assert (first.added, first.changed, first.written) == (2, 0, True)
    again = await take(pool, "components", COMPONENTS.replace("118.61", "118.62"))
    assert (again.added, again.changed, again.unchanged) == (0, 1, 1)
    row = await pool.fetchrow("SELECT *, ST_X(place) AS lon FROM component WHERE code LIKE '%2'")
    assert row is not None
    assert (row["class"], row["code_set"], row["owner"], row["lon"]) == ("0102", "A", None, 118.62)
    assert await pool.fetchval("SELECT count(*) FROM city_layer WHERE layer = 'components'") == 1


async def test_every_refused_row_is_named_and_nothing_is_written_unless_that_is_asked(pool: Pool) -> None:
    text = COMPONENTS + (
        "350582,短,,118.6,24.9,\n"
        "3505820102000001,重复,,118.6,24.9,\n"
        "3505820102000003,无地点,,,,\n"
        "3505820102000004,=cmd(),,118.6,24.9,\n"
        "3505820102000005,远,,1186,24.9,\n"
        ",空,,118.6,24.9,\n"
    )
    done = await take(pool, "components", text)
    assert [(each.row, each.column) for each in done.refused] == [
        (4, "code"), (5, "code"), (6, "place"), (7, "name"), (8, "place"), (9, "code"),
    ]  # fmt: skip
    assert "expected 16 digits" in done.refused[0].reason
    assert done.refused[1].reason == "row 2 has the same"
    assert "check the projection" in done.refused[4].reason
    assert not done.written
    assert await pool.fetchval("SELECT count(*) FROM component") == 0
    done = await take(pool, "components", text, skip_refused=True)
    assert (done.written, done.added, len(done.refused)) == (True, 2, 6)


async def test_units_come_after_those_above_them_and_owners_need_their_component(
    pool: Pool,
) -> None:
    units = "单位代码,单位名称,上级代码\nW2,二队,W1\nW1,水务,CITY\nX1,孤,NONE\nY1,甲,Y2\nY2,乙,Y1\n"
    done = await take(pool, "units", units, skip_refused=True)
    assert (done.added, done.refused[0].row, done.refused[0].column) == (2, 4, "parent")
    assert await pool.fetchval("SELECT parent FROM department WHERE code = 'W2'") == "W1"
    again = await take(pool, "units", "code,name\nW2,二队\nW1,水务一\n")
    assert (again.changed, again.unchanged) == (1, 1)
    assert await pool.fetchval("SELECT parent FROM department WHERE code = 'W1'") == "CITY"

    await take(pool, "components", COMPONENTS)
    owners = "标识码,责任单位\n3505820102000002,水务\n3505820102000009,水务\n"
    done = await take(pool, "responsibility", owners, skip_refused=True)
    assert (done.changed, [each.reason for each in done.refused]) == (
        1, ["there is no such component; import the components first"],
    )  # fmt: skip
    assert await pool.fetchval("SELECT owner FROM component WHERE code LIKE '%2'") == "水务"


async def test_a_missing_or_doubled_column_is_named(pool: Pool) -> None:
    with pytest.raises(ImportFileError, match="there is no column code; name one of the columns code, ObjID"):
        await take(pool, "components", "a,b\n1,2\n")
    with pytest.raises(ImportFileError, match="column code stands there twice"):
        await take(pool, "components", "code,ObjID\n1,2\n")


def test_the_command_prints_every_refused_row(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "components.csv"
    file.write_text(COMPONENTS + "1,短,,118.6,24.9,\n", encoding="gb18030")
    env = {**os.environ, "STREETWARDEN_DATABASE_URL": database_url}

    def run(*more: str) -> tuple[int, str]:
        said = CliRunner().invoke(exchange, ["import", "components", str(file), *more], env=env)
        assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
        return said.exit_code, said.output

    code, output = run()
    assert code == 1
    assert "row 4, column code (1): '1' is not a component code; expected 16 digits" in output
    assert "3 rows, 2 new, 0 changed, 0 unchanged, 1 refused; nothing was written" in output
    code, output = run("--skip-refused", "--json")
    assert (code, json.loads(output)["written"]) == (0, True)
