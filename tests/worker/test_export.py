"""The export of a period: complete, with a manifest that matches, and no formula in any cell."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import python_calamine
from click.testing import CliRunner

from cases import CasePolicy
from casework.exchange.export import ExportError, ExportStore, Manifest, export_period, safe
from deploy.exchange_commands import exchange
from store.connection import Pool, open_pool
from tests.casework.cases import NOON, report, stall, walk
from worker.database import Database
from worker.export import Export

pytestmark = pytest.mark.servers
BEGIN, END = NOON - timedelta(hours=12), NOON + timedelta(hours=12)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, application="test", largest=4)
    yield pool
    await pool.close()


async def make(pool: Pool) -> list[str]:
    cases = [await report(pool, stall(zone=f"zone-{number}")) for number in range(2)]
    await walk(pool, cases[0].number, "dispatch", 1, department="城管执法中队", note='=HYPERLINK("http://x")')
    await report(pool, stall(zone="later"), at=NOON + timedelta(days=2))
    return [case.number for case in cases]


async def test_an_export_has_the_period_in_every_format_and_its_manifest_matches(
    pool: Pool, tmp_path: Path
) -> None:
    numbers = await make(pool)
    async with pool.acquire() as connection:
        done = await export_period(
            connection, ExportStore(str(tmp_path)), "x", begin=BEGIN, end=END,
            formats=("csv", "geojson", "xlsx"), at=NOON,
        )  # fmt: skip
    assert msgspec.json.decode((tmp_path / "x/manifest.json").read_bytes(), type=Manifest) == done
    assert {(file.name, file.rows) for file in done.files} == {
        ("cases.csv", 2), ("events.csv", 3), ("cases.geojson", 2), ("cases.xlsx", 5),
    }  # fmt: skip
    for file in done.files:
        content = (tmp_path / "x" / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
    text = (tmp_path / "x/events.csv").read_text(encoding="utf-8-sig")
    events = list(csv.DictReader(io.StringIO(text)))
    assert [event["number"] for event in events] == [*numbers, numbers[0]]
    assert events[2]["note"] == '\'=HYPERLINK("http://x")'
    features = json.loads((tmp_path / "x/cases.geojson").read_text())["features"]
    assert features[0]["geometry"]["coordinates"] == [118.6, 24.9]
    assert features[0]["properties"]["number"] == numbers[0]
    with python_calamine.load_workbook(tmp_path / "x/cases.xlsx") as book:
        assert book.sheet_names == ["cases", "events"]
        assert book.get_sheet_by_name("events").to_python()[3][5] == '\'=HYPERLINK("http://x")'


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_is_made_safe(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert (safe("1=1"), safe(-1.5), safe(None)) == ("1=1", "-1.5", "")


async def test_the_worker_exports_each_missing_day_once(
    pool: Pool, database_url: str, tmp_path: Path
) -> None:
    await make(pool)
    database = Database(url=database_url, patience_s=20)
    at = NOON.replace(hour=0) + timedelta(days=1)
    export = Export(
        database=database, store=ExportStore(tmp_path.as_uri()), formats=("csv",),
        policy=CasePolicy.load, clock=at.timestamp,
    )  # fmt: skip
    try:
        await export.do()
        folders = sorted(os.listdir(tmp_path))  # noqa: PTH208 (blocks as little)
        assert folders[-1] == "cases-20261124-20261125"
        assert len(folders) == 7
        (tmp_path / folders[-1] / "manifest.json").unlink()  # as if the worker had been killed before it
        kept = (tmp_path / folders[0] / "manifest.json").stat().st_mtime_ns
        await export.do()
        assert (tmp_path / folders[-1] / "manifest.json").exists()
        assert (tmp_path / folders[0] / "manifest.json").stat().st_mtime_ns == kept
    finally:
        database.close()


async def test_a_wrong_format_or_place_is_refused(pool: Pool, tmp_path: Path) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(ExportError, match="there is no format pdf; give some of csv, geojson, xlsx"):
            await export_period(
                connection, ExportStore(str(tmp_path)), "x", begin=BEGIN, end=END, formats=("pdf",), at=NOON
            )
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be used"):
        ExportStore(str(tmp_path / "file" / "folder"))


def test_the_command_exports_days_of_the_city(database_url: str, tmp_path: Path) -> None:
    env = {**os.environ, "STREETWARDEN_DATABASE_URL": database_url}
    said = CliRunner().invoke(
        exchange, ["export", str(tmp_path), "--from", "2026-11-24", "--format", "geojson"], env=env
    )
    assert said.exit_code == 0, said.output
    assert said.output.startswith("cases-20261124-20261125/cases.geojson: 0 rows, ")
    made = json.loads((tmp_path / "cases-20261124-20261125/manifest.json").read_text())
    assert datetime.fromisoformat(made["begin"]) == datetime(2026, 11, 23, 16, tzinfo=UTC)
