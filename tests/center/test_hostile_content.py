"""What devices and people may have put into the database does no harm where it is read."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime

import pytest

from store.connection import Pool
from tests.center.running import Browser, Center, report, stall
from wire.messages import PictureRole

pytestmark = pytest.mark.servers

HTML = b"<!doctype html><script>alert(document.cookie)</script>"
HOSTILE = ("-1-1", "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "\t=1")
AT = datetime(2026, 11, 18, 4, tzinfo=UTC)


async def test_a_page_that_passes_for_a_picture_is_no_page_to_a_browser(
    center: Center, browser: Browser, pool: Pool
) -> None:
    digest = await center.evidence.put(HTML, media_type="image/jpeg")
    assert digest == hashlib.sha256(HTML).hexdigest()
    await report(pool, stall(), (PictureRole.FINDING, digest))
    await pool.execute(
        "INSERT INTO camera_still (camera, district, time, received_at, jpeg)"
        " VALUES ('cam-01', '1', $1, $1, $2)",
        AT,
        HTML,
    )
    for path in (f"/evidence/{digest}", "/cameras/cam-01/still"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg"), path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (
            answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
        )
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_no_cell_of_a_file_is_a_formula(browser: Browser, pool: Pool) -> None:
    for identity in HOSTILE:
        entity = await pool.fetchval(
            "INSERT INTO entity (kind, id, district) VALUES ('vehicle', $1, '350582') RETURNING entity_id",
            identity,
        )
        await pool.execute(
            "INSERT INTO position (entity_id, flags, time, received_at, lat, lon)"
            " VALUES ($1, 0, $2, $2, -24.9, 118.6)",
            entity,
            AT,
        )
    answer = await browser.get(
        "/history/export",
        params={
            "entity": [f"vehicle/{identity}" for identity in HOSTILE],
            "begin": "2026-11-18T00:00:00Z",
            "end": "2026-11-19T00:00:00Z",
            "format": "csv",
        },
    )
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert sorted(row["id"] for row in rows) == sorted(f"'{identity}" for identity in HOSTILE)
    assert {float(row["lat"]) for row in rows} == {-24.9}


@pytest.mark.parametrize(
    "identity", ['v"; filename="x.html', "v\r\nSet-Cookie: a=b", "../../etc/passwd", "车"]
)
async def test_a_files_name_holds_nothing_that_a_browser_or_a_disk_reads_otherwise(
    browser: Browser, pool: Pool, identity: str
) -> None:
    if "/" in identity:
        identity = identity.replace("/", "\\")
    await pool.execute("INSERT INTO entity (kind, id, district) VALUES ('vehicle', $1, '350582')", identity)
    answer = await browser.get(
        "/history/export",
        params={
            "entity": f"vehicle/{identity}",
            "begin": "2026-11-18T00:00:00Z",
            "end": "2026-11-19T00:00:00Z",
        },
    )
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    name = answer.headers["content-disposition"].removeprefix('attachment; filename="').removesuffix('"')
    assert name.startswith("vehicle-")
    assert not set(name) & set('"\\/\r\n;')
