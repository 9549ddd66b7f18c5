"""Small copies of evidence and stills, for lists."""

from __future__ import annotations

import asyncio
import io
import struct
from datetime import UTC, datetime

import pytest
from PIL import Image

from center.pictures.decoder import MAX_PIXELS, Decoder, PictureError
from center.pictures.thumbnails import SIDE_PX, Thumbnails, thumbnail
from store.connection import Pool
from tests.center.running import JPEG, Browser, Center, add_still, report, stall
from wire.messages import PictureRole


def picture(width: int = 1280, height: int = 720, *, mode: str = "RGB") -> bytes:
    """A JPEG that does not compress well."""
    noise = Image.effect_noise((width, height), 90).convert(mode)
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=90)
    return out.getvalue()


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """The same file, whose header claims another size."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def size_of(jpeg: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(jpeg)) as image:
        return image.size


@pytest.mark.parametrize(
    ("mode", "size", "small"),
    [("RGB", (1280, 720), (SIDE_PX, 180)), ("L", (720, 1280), (180, SIDE_PX)), ("CMYK", (64, 48), (64, 48))],
)
def test_a_thumbnail_is_the_same_picture_and_small(
    mode: str, size: tuple[int, int], small: tuple[int, int]
) -> None:
    whole = picture(*size, mode=mode)
    made = thumbnail(whole)
    assert size_of(made) == small
    assert len(made) <= len(whole)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        JPEG,
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        picture()[:4000],
        with_size(picture(), 65_000, 65_000),
        with_size(picture(), 9_000, MAX_PIXELS // 9_000 + 1),
    ],
    ids=["empty", "no picture", "no JPEG", "cut off", "a bomb", "too many pixels"],
)
def test_of_what_is_no_picture_there_is_none(data: bytes) -> None:
    with pytest.raises(PictureError):
        thumbnail(data)


async def test_a_picture_is_read_once_and_the_oldest_thumbnails_go_first() -> None:
    whole = picture()
    made = len(thumbnail(whole))
    thumbnails = Thumbnails(Decoder(), max_bytes=made * 2 + made // 2)
    reads: list[str] = []

    async def get(key: str) -> None:
        async def read() -> bytes:
            reads.append(key)
            return whole

        await thumbnails.get(key, read)

    await asyncio.gather(*(get("a") for _ in range(8)))
    assert len(reads) <= 2, "at most one for each that is made at once"
    reads.clear()
    for key in ("b", "a", "c", "a"):
        await get(key)
    assert reads == ["b", "c"]
    await get("b")
    assert reads == ["b", "c", "b"], "it was the longest unused when c came"


@pytest.mark.servers
async def test_evidence_has_a_thumbnail_that_is_sent_once(
    center: Center, browser: Browser, pool: Pool
) -> None:
    whole = picture()
    digest = await center.evidence.put(whole)
    await report(pool, stall(), (PictureRole.FINDING, digest))
    first = await browser.get(f"/evidence/{digest}", params={"size": "thumbnail"})
    assert (first.status_code, first.headers["content-type"]) == (200, "image/jpeg")
    assert size_of(first.content) == (SIDE_PX, 180)
    assert "immutable" in first.headers["cache-control"]
    known = {"If-None-Match": first.headers["etag"]}
    again = await browser.get(f"/evidence/{digest}", params={"size": "thumbnail"}, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert (await browser.get(f"/evidence/{digest}", headers=known)).content == whole, "another picture"
    assert (await browser.get(f"/evidence/{digest}", params={"size": "huge"})).status_code == 422


@pytest.mark.servers
async def test_what_is_no_picture_is_refused_as_a_thumbnail(
    center: Center, browser: Browser, pool: Pool
) -> None:
    digest = await center.evidence.put(JPEG)
    await report(pool, stall(), (PictureRole.FINDING, digest))
    answer = await browser.get(f"/evidence/{digest}", params={"size": "thumbnail"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_thumbnail")
    assert (await browser.get(f"/evidence/{'4' * 64}", params={"size": "thumbnail"})).status_code == 404


@pytest.mark.servers
async def test_a_stills_thumbnail_follows_the_still(browser: Browser, pool: Pool) -> None:
    at = datetime(2026, 11, 24, 4, tzinfo=UTC)
    sizes = []
    for second, wide in enumerate((640, 480)):
        async with pool.acquire() as connection:
            await add_still(connection, "cam-01", at=at.replace(second=second), jpeg=picture(wide, 480))
        answer = await browser.get("/cameras/cam-01/still", params={"size": "thumbnail"})
        sizes.append(size_of(answer.content))
    assert sizes == [(SIDE_PX, 240), (SIDE_PX, SIDE_PX)]
