"""Where and when a picture was taken, by its EXIF (CIPA DC-008). Pure.

Pillow reads the EXIF. It comes from anybody, so its size is bounded, and whatever cannot be read is an error
in one sentence.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

from PIL import ExifTags, Image, UnidentifiedImageError

from center.errors import CenterError

AHEAD: Final = timedelta(minutes=5)
"""How far a camera's clock may be ahead of ours."""
OLDEST: Final = timedelta(days=30)

_LARGEST_EXIF: Final = 65_536
"""Bytes: as much as a JPEG can have."""
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_TIME: Final = re.compile(r"(\d{4}):(\d\d):(\d\d)(?: (\d\d):(\d\d):(\d\d))?", re.ASCII)
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)
_MINUTES: Final = 60
_DEGREES: Final = {"lat": 90, "lon": 180}
_NO_FIX: Final = "V"

Tags = Mapping[int, Any]


class GeotagError(CenterError):
    """The picture does not say where or when it was taken, or what it says cannot be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Geotag:
    """Where and when a picture was taken.

    Attributes:
        lat: degrees, WGS 84; `lon` likewise.
        taken_at: aware, UTC.
    """

    lat: float
    lon: float
    taken_at: datetime


def geotag_of(
    data: bytes,
    *,
    zone: tzinfo,
    now: datetime,
    place: tuple[float, float] | None = None,
    taken_at: datetime | None = None,
) -> Geotag:
    """Read the geotag of a picture.

    Args:
        data: a JPEG, PNG or WebP file.
        zone: the time zone of a camera that does not state one; the time of GPS is UTC.
        now: the time.
        place: latitude and longitude, if they are known already.
        taken_at: the time, if it is known already.

    Raises:
        GeotagError: there is none, it is damaged, or its time is ahead of ours or long ago.
    """
    main, of_camera, gps = _tags(data)
    lat, lon = place or _place(gps)
    taken_at = taken_at or _time(main, of_camera, gps, zone)
    return Geotag(lat=lat, lon=lon, taken_at=checked_time(taken_at, now))


def checked_time(taken_at: datetime, now: datetime) -> datetime:
    """A time at which something can have been taken.

    Raises:
        GeotagError: it is ahead of ours, or long ago.
    """
    if taken_at > now + AHEAD:
        raise GeotagError(
            f"the time {taken_at:%Y-%m-%d %H:%M} UTC is in the future; set the camera's clock and time zone"
        )
    if taken_at < now - OLDEST:
        raise GeotagError(f"the time {taken_at:%Y-%m-%d %H:%M} UTC is more than {OLDEST.days} days ago")
    return taken_at


def _tags(data: bytes) -> tuple[Tags, Tags, Tags]:
    """The tags of the picture, of its camera, and of GPS."""
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # Pillow warns of a tag that it skips
            Image.open(io.BytesIO(data), formats=_FORMATS) as picture,
        ):
            _check_size(picture)
            exif = picture.getexif()
            return dict(exif), dict(exif.get_ifd(ExifTags.IFD.Exif)), dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise GeotagError("the file is not a picture that can be read") from None
    except GeotagError:
        raise
    except Exception:  # noqa: BLE001 (Pillow raises many kinds for damaged EXIF: struct.error, KeyError, TypeError …)
        raise GeotagError("its EXIF is damaged") from None


def _place(gps: Tags) -> tuple[float, float]:
    place = _degrees(gps, "lat", 1), _degrees(gps, "lon", 3)
    if gps.get(9) == _NO_FIX or place == (0.0, 0.0):
        raise GeotagError("the camera had no GPS fix when it took this picture")
    return place


def _check_size(picture: Image.Image) -> None:
    if len(picture.info.get("exif", b"")) > _LARGEST_EXIF:
        raise GeotagError(f"its EXIF has more than {_LARGEST_EXIF} bytes")


def _degrees(gps: Tags, name: str, tag: int) -> float:
    """Degrees from tags `tag` (reference) and `tag + 1` (degrees, minutes, seconds)."""
    if tag + 1 not in gps:
        raise GeotagError("the picture does not say where it was taken; switch on the camera's location")
    degrees, minutes, seconds = _three(gps[tag + 1])
    found = degrees + minutes / _MINUTES + seconds / _MINUTES**2
    if minutes > _MINUTES or seconds > _MINUTES or found > _DEGREES[name]:
        raise GeotagError("its EXIF names a place that does not exist")
    return round(-found if str(gps.get(tag)).strip("\0 ").upper() in {"S", "W"} else found, 9)


def _time(main: Tags, of_camera: Tags, gps: Tags, zone: tzinfo) -> datetime:
    if 29 in gps and 7 in gps:  # noqa: PLR2004 GPSDateStamp, GPSTimeStamp
        day = _moment(gps[29])
        hours, minutes, seconds = _three(gps[7])
        return (day + timedelta(hours=hours, minutes=minutes, seconds=seconds)).replace(tzinfo=UTC)
    for tags, tag, offset in ((of_camera, 0x9003, 0x9011), (main, 0x0132, 0x9010)):
        if tag in tags:
            stated = _offset(of_camera.get(offset))
            try:
                return _moment(tags[tag]).replace(tzinfo=stated or zone).astimezone(UTC)
            except (OverflowError, ValueError):
                break
    raise GeotagError("the picture does not say when it was taken")


def _moment(text: Any) -> datetime:
    match = _TIME.fullmatch(str(text).strip("\0 "))
    try:
        if match is not None:
            return datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:  # such as month 13
        pass
    raise GeotagError("its EXIF has a time that cannot be read")


def _offset(text: Any) -> timezone | None:
    match = _OFFSET.fullmatch(str(text).strip("\0 "))
    if match is None or int(match[2]) >= 24:  # noqa: PLR2004 hours
        return None
    found = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-found if match[1] == "-" else found)


def _three(value: Any) -> tuple[float, float, float]:
    """Three finite numbers from 0 to 1000."""
    try:
        first, second, third = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        first = second = third = math.nan
    if not all(0 <= part <= 1000 for part in (first, second, third)):  # noqa: PLR2004
        raise GeotagError("its EXIF has numbers that cannot be read")
    return first, second, third
