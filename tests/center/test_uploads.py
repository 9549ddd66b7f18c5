"""Bodies with files: what is taken, and what hostile ones run into."""

from __future__ import annotations

import asyncio
import errno
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI, Request
from PIL import Image
from starlette.responses import Response

from center.pictures.decoder import MAX_PIXELS_WHOLE, PictureError, check
from center.web import uploads
from center.web.answers import Json, Refusal, problem
from center.web.media_types import HEAD_BYTES, media_type_of
from center.web.uploads import MAX_FILES, Uploads

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


EBML = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01"


def image(form: str, *, size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, form)
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (image("JPEG"), "image/jpeg"),
        (image("PNG"), "image/png"),
        (image("WEBP"), "image/webp"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4"),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
        # What browsers record: sound with the brand of video, WebM and Ogg.
        (b"\0\0\0\x18ftypiso5\0\0\0\0" + b"moov" + b"hdlr\0\0\0\0\0\0\0\0soun", "audio/mp4"),
        (b"\0\0\0\x18ftypiso5\0\0\0\0" + b"moov" + b"soun" + b"vide", "video/mp4"),
        (EBML + b"\x42\x82\x84webm" + b"\x86\x86A_OPUS", "audio/webm"),
        (EBML + b"\x42\x82\x84webm" + b"\x86\x85V_VP8" + b"\x86\x86A_OPUS", "video/webm"),
        (EBML + b"\x42\x82\x84webm", None),
        (EBML + b"\x42\x82\x88matroska" + b"\x86\x85V_VP8", None),
        (b"OggS\0\x02" + b"\0" * 22 + b"OpusHead", "audio/ogg"),
        (b"OggS\0\x02" + b"\0" * 22 + b"\x80theora", None),
        (b"\0\0\0\x18ftypheic\0\0\0\0", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"<!DOCTYPE html><script>", None),
        (b"%PDF-1.7", None),
        (b"GIF89a", None),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, media_type: str | None) -> None:
    assert media_type_of(head[:HEAD_BYTES]) == media_type


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_decoded_before_it_is_taken(form: str) -> None:
    whole = image(form, size=(640, 480))
    check(whole)
    with pytest.raises(PictureError):
        check(whole[: len(whole) // 2])


def test_a_small_file_that_is_a_huge_picture_is_not_decoded() -> None:
    with pytest.raises(PictureError, match="pixels"):
        check(image("PNG", size=(MAX_PIXELS_WHOLE // 1000 + 1, 1000)))


class Sender:
    """Sends bodies to a route that says what it got."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def send(self, content: bytes | AsyncIterator[bytes], *, content_type: str) -> httpx.Response:
        return await self.client.post("/", content=content, headers={"Content-Type": content_type})

    async def parts(self, *files: tuple[str, bytes], json: str | None = "{}") -> httpx.Response:
        data = {} if json is None else {"action": json}
        return await self.client.post(
            "/", data=data, files=[(part, ("x.jpg", content, "image/jpeg")) for part, content in files]
        )


def app_of(
    reader: Uploads, *, entered: asyncio.Event | None = None, leave: asyncio.Event | None = None
) -> FastAPI:
    app = FastAPI()

    @app.post("/")
    async def take(request: Request) -> Response:
        try:
            async with reader.body(
                request, account="li", json_part="action", file_parts=frozenset({"before", "after"})
            ) as body:
                if entered is not None and leave is not None:
                    entered.set()
                    await leave.wait()
                files = [
                    [file.part, file.media_type, file.size_bytes, len(await file.read())]
                    for file in body.files
                ]
                return Json({"json": body.json.decode(), "files": files})
        except Refusal as refusal:
            return problem(refusal.status, refusal.code, refusal.detail, refusal.headers)

    return app


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    transport = httpx.ASGITransport(app_of(Uploads(seconds=5, maximum=2)))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Sender(client)


async def test_json_comes_alone_or_with_files(sender: Sender) -> None:
    alone = await sender.send(b'{"a": 1}', content_type="application/json; charset=utf-8")
    assert alone.json() == {"json": '{"a": 1}', "files": []}
    answer = await sender.parts(("before", JPEG), ("after", image("PNG")))
    assert answer.json()["json"] == "{}"
    assert [file[:2] for file in answer.json()["files"]] == [["before", "image/jpeg"], ["after", "image/png"]]
    assert all(said == read for _, _, said, read in answer.json()["files"])
    as_file = await sender.client.post(
        "/", files=[("action", ("blob", b'{"a": 2}', "application/json")), ("after", ("x", JPEG, "x/y"))]
    )
    assert as_file.json()["json"] == '{"a": 2}', "browsers send a part with a type as a file"


@pytest.mark.parametrize(
    ("content_type", "content", "status", "code"),
    [
        ("text/plain", b"{}", 415, "media_type"),
        ("", b"{}", 415, "media_type"),
        ("multipart/form-data", b"--b--\r\n", 400, "malformed"),
        ("multipart/form-data; boundary=b", b"no boundary at all", 400, "malformed"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="action"\r\n\r\n{}',
            400,
            "malformed",
        ),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n{}\r\n--b--\r\n",
            400,
            "malformed",
        ),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--b--\r\n",
        400,
         "malformed"),
    ],
    ids=["text", "no type", "no boundary given", "no boundary", "cut off", "long header", "no name"],
)  # fmt: skip
async def test_what_is_not_well_formed_is_refused(
    sender: Sender, content_type: str, content: bytes, status: int, code: str
) -> None:
    answer = await sender.send(content, content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_parts_that_nobody_expects_are_refused(sender: Sender) -> None:
    for answer in (
        await sender.parts(("after", JPEG), json=None),
        await sender.parts(("elsewhere", JPEG)),
        await sender.client.post("/", files=[("x", (None, b"{}", None))]),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
    scripted = await sender.parts(("after", b"<script>alert(1)</script>"))
    assert (scripted.status_code, scripted.json()["code"]) == (415, "media_type")
    many = await sender.parts(*[("after", JPEG)] * (MAX_FILES + 1))
    assert (many.status_code, many.json()["code"]) == (400, "malformed")


async def test_a_file_and_all_files_have_a_size_at_most(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_FILE_BYTES", 1000)
    monkeypatch.setattr(uploads, "MAX_FILES_BYTES", 2500)
    kilobyte = JPEG + bytes(1000 - len(JPEG))
    assert (await sender.parts(*[("after", kilobyte)] * 2)).status_code == 200
    for answer in (
        await sender.parts(("after", kilobyte + b"x")),
        await sender.parts(*[("after", kilobyte)] * 3),
    ):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), answer.text


async def test_a_body_that_comes_in_drops_is_ended_in_time() -> None:
    async def drops() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="after"; filename="x"\r\n\r\n'
        while True:
            await asyncio.sleep(0.02)
            yield b"x"

    app = app_of(Uploads(seconds=0.2, maximum=2))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await Sender(client).send(drops(), content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, answer.json()["code"]) == (400, "cut_off")


async def test_one_account_sends_two_bodies_at_once_and_no_more() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    app = app_of(Uploads(seconds=5, maximum=8), entered=entered, leave=leave)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        )
        sender = Sender(client)
        sending = []
        for _ in range(2):
            entered.clear()
            sending.append(asyncio.create_task(sender.parts(("after", JPEG))))
            await entered.wait()
        third = await sender.parts(("after", JPEG))
        assert (third.status_code, third.json()["code"]) == (429, "too_many_uploads")
        assert third.headers["Retry-After"]
        leave.set()
        assert [answer.status_code for answer in await asyncio.gather(*sending)] == [200, 200]
        assert (await sender.parts(("after", JPEG))).status_code == 200, "there is room again"


async def test_a_full_disk_is_said_and_leaves_room_for_the_next(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("starlette.datastructures.UploadFile.write", no_room)
        for _ in range(3):  # each gives its slot back
            answer = await sender.parts(("after", JPEG))
            assert (answer.status_code, answer.json()["code"]) == (503, "no_room"), answer.text
    assert (await sender.parts(("after", JPEG))).status_code == 200
