"""The city's layers, its cameras and their stills."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.city import import_city
from store.connection import Pool
from tests.center.running import DISTRICT, JPEG, Browser, add_still
from tests.store.test_city import layers, write

pytestmark = pytest.mark.servers

AT = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    folder.mkdir()
    return write(folder, layers())


async def bring_in(pool: Pool, folder: Path) -> None:
    async with pool.acquire() as connection:
        await import_city(connection, folder)


async def test_layers_are_served_as_they_were_imported(browser: Browser, pool: Pool, folder: Path) -> None:
    await bring_in(pool, folder)
    for layer, given in layers().items():
        found = (await browser.fetch(f"/layers/{layer}"))["features"]
        assert len(found) == len(given), layer
        for feature, original in zip(found, given, strict=True):
            assert feature["geometry"]["type"] == original["geometry"]["type"]
            said, properties = original["properties"], feature["properties"]
            assert {key: said[key] for key in said if key in properties} == {
                key: properties[key] for key in said if key in properties
            }
    streets = (await browser.fetch("/layers/streets"))["features"]
    assert streets[0]["geometry"]["coordinates"] == [[118.6, 24.9], [118.61, 24.9]]  # no third coordinate


async def test_a_layer_is_sent_again_only_after_an_import(browser: Browser, pool: Pool, folder: Path) -> None:
    empty = await browser.get("/layers/streets")
    assert empty.json()["features"] == []
    await bring_in(pool, folder)
    first = await browser.get("/layers/streets", headers={"If-None-Match": empty.headers["etag"]})
    assert (first.status_code, len(first.json()["features"])) == (200, 2)
    again = await browser.get("/layers/streets", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await bring_in(pool, write(folder, {"streets": layers()["streets"][:1]}))
    changed = await browser.get("/layers/streets", headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, len(changed.json()["features"])) == (200, 1)


async def test_a_layer_is_compressed_for_those_who_can_read_that(
    browser: Browser, pool: Pool, folder: Path
) -> None:
    await bring_in(pool, folder)
    plain = await browser.get("/layers/areas", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    small = await browser.get("/layers/areas", headers={"Accept-Encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["vary"] == "Accept-Encoding"
    assert small.content == plain.content  # the client has decompressed it


async def test_an_unknown_layer_is_refused(browser: Browser) -> None:
    assert (await browser.get("/layers/secrets")).status_code == 422


async def test_cameras_say_where_they_are_and_how(browser: Browser, pool: Pool, folder: Path) -> None:
    cameras = [
        dict(layers()["cameras"][0], properties={"camera": f"cam-0{n}", "district": DISTRICT})
        for n in (1, 2, 3)
    ]
    await bring_in(pool, write(folder, {"cameras": cameras}))
    async with pool.acquire() as connection:
        await add_still(connection, "cam-01", at=AT)
        await connection.execute(
            "INSERT INTO entity (kind, id, district) "
            "VALUES ('box', 'box-1', '350582'), ('camera', 'cam-02', '350582')"
        )
        await connection.execute(
            "INSERT INTO device_status (entity_id, time, received_at, online, detail) "
            "SELECT entity_id, $1, $1, kind = 'box', $2 FROM entity",
            AT,
            {"camera.cam-01": "watching"},
        )
    found = (await browser.fetch("/cameras"))["cameras"]
    assert [(camera["camera"], camera["state"], camera["still_at"]) for camera in found] == [
        ("cam-01", "watching", "2026-11-24T04:00:00Z"),
        ("cam-02", "offline", None),
        ("cam-03", None, None),
    ]
    assert (found[0]["lat"], found[0]["lon"]) == (24.9, 118.6)
    await pool.execute(
        "UPDATE device_status SET online = false, detail = $1 WHERE online", {"camera.cam-01": "offline"}
    )
    assert (await browser.fetch("/cameras"))["cameras"][0]["state"] == "offline"


async def test_the_newest_still_is_served_and_not_twice(browser: Browser, pool: Pool) -> None:
    async with pool.acquire() as connection:
        await add_still(connection, "cam-01", at=AT)
    first = await browser.get("/cameras/cam-01/still")
    assert (first.status_code, first.content) == (200, JPEG)
    assert first.headers["content-type"] == "image/jpeg"
    assert first.headers["last-modified"] == "Tue, 24 Nov 2026 04:00:00 GMT"
    same = {"If-None-Match": first.headers["etag"]}
    assert (await browser.get("/cameras/cam-01/still", headers=same)).status_code == 304
    async with pool.acquire() as connection:
        await add_still(connection, "cam-01", at=AT + timedelta(seconds=2), jpeg=JPEG * 2)
    newer = await browser.get("/cameras/cam-01/still", headers=same)
    assert (newer.status_code, newer.content) == (200, JPEG * 2)


async def test_a_camera_without_a_still_is_refused(browser: Browser) -> None:
    answer = await browser.get("/cameras/cam-09/still")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_still")
