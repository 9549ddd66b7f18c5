"""Where and when a picture was taken, and what hostile EXIF does: nothing but an error in one sentence."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import ExifTags, Image

from center.pictures.geotag import Geotag, GeotagError, geotag_of

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
CITY = ZoneInfo("Asia/Shanghai")
GPS: dict[int, Any] = {1: "N", 2: (24.0, 54.0, 0.0), 3: "E", 4: (118.0, 36.0, 0.0)}
BY_GPS = {29: "2026:11:30", 7: (8.0, 30.0, 15.0)}


def picture(
    gps: dict[int, Any] | None = None, camera: dict[int, Any] | None = None, *, form: str = "JPEG"
) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "a maker"  # Pillow writes no EXIF to a PNG without a tag of its own
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(GPS if gps is None else gps)
    exif.get_ifd(ExifTags.IFD.Exif).update(camera or {})
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "grey").save(out, form, exif=exif)
    return out.getvalue()


def read(data: bytes) -> Geotag:
    return geotag_of(data, zone=CITY, now=NOW)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_place_and_time_by_gps(form: str) -> None:
    found = read(picture(GPS | BY_GPS, {0x9003: "2001:01:01 00:00:00"}, form=form))
    assert (found.lat, found.lon) == (24.9, 118.6)
    assert found.taken_at == datetime(2026, 11, 30, 8, 30, 15, tzinfo=UTC)


def test_south_and_west() -> None:
    found = read(picture(GPS | BY_GPS | {1: "S", 3: "W"}))
    assert (found.lat, found.lon) == (-24.9, -118.6)


@pytest.mark.parametrize(
    ("camera", "utc"),
    [
        ({0x9003: "2026:11:30 16:30:00"}, "08:30"),
        ({0x9003: "2026:11:30 10:30:00", 0x9011: "+02:00"}, "08:30"),
        ({0x9003: "2026:11:30 03:30:00", 0x9011: "-05:00"}, "08:30"),
    ],
)
def test_a_time_without_zone_is_the_citys_and_one_with_it_is_its_own(
    camera: dict[int, Any], utc: str
) -> None:
    assert f"{read(picture(camera=camera)).taken_at:%H:%M}" == utc


def test_what_is_known_already_is_not_read() -> None:
    found = geotag_of(picture({}), zone=CITY, now=NOW, place=(24.8, 118.5), taken_at=NOW)
    assert (found.lat, found.lon, found.taken_at) == (24.8, 118.5, NOW)


@pytest.mark.parametrize(
    ("gps", "camera", "says"),
    [
        ({}, {}, "where it was taken"),
        (GPS, {}, "when it was taken"),
        (GPS | BY_GPS | {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)}, {}, "no GPS fix"),
        (GPS | BY_GPS | {9: "V"}, {}, "no GPS fix"),
        (GPS | BY_GPS | {2: (91.0, 0.0, 0.0)}, {}, "place that does not exist"),
        (GPS | BY_GPS | {2: (24.0, 61.0, 0.0)}, {}, "place that does not exist"),
        (GPS | {29: "2026:11:30", 7: (10.0, 0.0, 0.0)}, {}, "in the future"),
        (GPS | {29: "2026:13:30", 7: (8.0, 0.0, 0.0)}, {}, "time that cannot be read"),
        (GPS | {29: "2026:10:01", 7: (8.0, 0.0, 0.0)}, {}, "30 days ago"),
        (GPS, {0x9003: "    :  :     :  :  "}, "time that cannot be read"),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_sentence(
    gps: dict[int, Any], camera: dict[int, Any], says: str
) -> None:
    with pytest.raises(GeotagError, match=says):
        read(picture(gps, camera))


def test_damaged_exif_is_an_error_in_one_sentence_and_nothing_else() -> None:
    whole = picture(GPS | BY_GPS, {0x9003: "2026:11:30 16:30:00", 0x9011: "+08:00"})
    chance = random.Random(311)
    begin = whole.index(b"Exif\0\0")
    good = 0
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[begin + 6 + chance.randrange(300)] = chance.choice(
                [0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)]
            )
        try:
            found = read(bytes(data))
        except GeotagError:
            continue
        assert -90 <= found.lat <= 90
        assert -180 <= found.lon <= 180
        assert found.taken_at <= NOW + timedelta(minutes=5)
        good += 1
    assert good > 100, "some damage is beside what is read"
    for cut in range(begin, len(whole), 7):
        try:
            read(whole[:cut])
        except GeotagError:
            continue


def test_a_bomb_of_exif_is_refused_before_it_is_read() -> None:
    exif = Image.Exif()
    exif[0x010E] = "x" * 2_000_000
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", exif=exif)
    with pytest.raises(GeotagError, match="more than 65536 bytes"):
        read(out.getvalue())
    with pytest.raises(GeotagError, match="not a picture"):
        read(b"\xff\xd8\xff" + bytes(1000))
