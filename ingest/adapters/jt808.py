"""JT/T 808 positions from a gateway: reports (0x0200), replies and batches (0x0704).

A gateway speaks the binary protocol with the terminals and publishes JSON. No standard names the JSON fields:
`jt808_names` knows the usual names, and the setting `fields` adds others. Numbers are either the protocol's
integers (millionths of a degree, tenths of km/h), which the setting `raw` tells, or degrees and km/h. A
gateway may also pass on the message body or the whole frame as hexadecimal text; `jt808_binary` reads those.
Times without a zone are UTC+8, as in the standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from ingest.adapters import jt808_binary as binary
from ingest.adapters import jt808_names as names
from ingest.adapters.adapter import KMH_MPS, Adapter, Translated
from ingest.adapters.reports import items_of, or_as_it_stands, parts_of, refused
from ingest.adapters.text_forms import flag_word, identity, is_absent, number, read_json, readings
from ingest.adapters.text_times import moment, zone_of
from wire.errors import PayloadError
from wire.messages import MAX_BATCH
from wire.partial import LEFT_OUT

_REPORTS: Final = (binary.LOCATION, binary.LOCATION_ANSWER, binary.CONTROL_ANSWER)
_READ: Final = (*_REPORTS, binary.BATCH)
_MILLIONTH: Final = 1e-6


class Jt808(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="jt808"):
    """A JT/T 808 gateway that publishes JSON or binary frames."""

    raw: Annotated[
        bool,
        Meta(description="Whether numbers are the protocol's integers (1e-6 degrees, 0.1 km/h)."),
    ] = False
    fields: Annotated[
        dict[str, str],
        Meta(
            description="Names or paths of the gateway's fields: our name (terminal, lat, speed …) = its "
            "name."
        ),
    ] = msgspec.field(default_factory=dict)
    time_zone: Annotated[
        str, Meta(description="The zone of times without one: an IANA name, or an offset such as +08:00.")
    ] = "Asia/Shanghai"
    message_ids: Annotated[
        Literal["auto", "decimal", "hexadecimal"],
        Meta(description="How to read message ids in text without 0x; auto: hexadecimal if four digits."),
    ] = "auto"
    id_digits: Annotated[
        int,
        Meta(
            ge=0,
            le=20,
            description="Digits of a terminal number; leading zeros that JSON numbers lost are added again.",
        ),
    ] = 0

    def __post_init__(self) -> None:
        unknown = self.fields.keys() - names.SPELLINGS.keys()
        if unknown:
            raise ValueError(
                f"fields: {', '.join(sorted(unknown))} is not one of {', '.join(names.SPELLINGS)}"
            )
        zone_of(self.time_zone)

    def read(self, topic: str, payload: bytes) -> Translated:
        """Read one report or a batch; an empty list for other messages of the protocol."""
        if payload[:1] == bytes([binary.FLAG]):
            return self._frame(topic, payload)
        if payload[:2].lower() == b"7e":
            return self._frame(topic, _bytes(payload.decode("ascii", "replace")))
        whole = read_json(payload, "jt808")
        if isinstance(whole, str):
            return self._frame(topic, _bytes(whole))
        if not isinstance(whole, dict):
            raise PayloadError("jt808: a message must be an object")
        body = self._find(whole, "body")
        header = self._find(whole, "header")
        places = [each for each in (whole, header, body) if isinstance(each, dict)]
        message = self._message_id(next(self._each(places[:2], "message"), None))
        terminal = identity(next(self._each(places, "terminal"), None), digits=self.id_digits)
        return self._message(topic, terminal, message, whole if body is None else body)

    def _frame(self, topic: str, data: bytes) -> Translated:
        found = binary.frame(data)
        return self._message(topic, found.terminal, found.message, found.body)

    def _message(self, topic: str, terminal: str | None, message: int, body: Any) -> Translated:
        if message == binary.BATCH:
            return self._batch(topic, terminal, body)
        if message not in _REPORTS:
            return []
        if message != binary.LOCATION:
            if isinstance(body, str):
                body = _bytes(body)
            if isinstance(body, bytes):
                body = body[2:]  # the id of the command that is answered
            elif isinstance(body, dict):
                answer = self._find(body, "answer")
                body = body if answer is None else answer
        return self._report(topic, terminal, body, "report")

    def _batch(self, topic: str, terminal: str | None, body: Any) -> Translated:
        if isinstance(body, str):
            body = _bytes(body)
        stated = None
        if isinstance(body, bytes):
            items, stated = binary.batch(body)
        else:
            items = self._find(body, "items") if isinstance(body, dict) else body
            if not isinstance(items, list) or not 1 <= len(items) <= MAX_BATCH:
                raise PayloadError(f"jt808: a batch holds 1 to {MAX_BATCH} reports under `items`")
        named = [(f"items[{index}]", item) for index, item in enumerate(items)]
        found = items_of(named, lambda name, item: self._report(topic, terminal, item, name))
        if stated is not None and stated != len(items):
            error = PayloadError(
                f"jt808: the batch states {stated} reports and holds {len(items)} whole ones"
            )
            found.append(refused(f"items[{len(items)}]", body, error))
        return found

    def _report(self, topic: str, terminal: str | None, report: Any, name: str) -> Translated:
        """The rows of one report. If only its place cannot be read, the readings are kept."""
        if isinstance(report, str):
            report = _bytes(report)
        raw = self.raw
        if isinstance(report, bytes):
            values, raw = binary.location(report), True
            items = values.pop("items")
        elif isinstance(report, dict):
            values = {field: self._find(report, field) for field in names.REPORT}
            items = self._items(report, values)
        else:
            raise PayloadError("jt808: a report must be an object or hexadecimal text")
        time = moment(values["time"], zone=zone_of(self.time_zone), short_years=True)
        items |= _alarms(values["alarm"])
        fix: dict[str, Any] | PayloadError
        try:
            status = flag_word(values["status"], "status")
            fix = self._fix(time, values, status, raw=raw)
            items |= {} if status is None else {"status_bits": status}
        except PayloadError as error:  # without the status word, it is unknown whether there was a fix
            fix = error
            items |= readings({"status": values["status"]})
        return parts_of(
            self, topic, time=time, fix=fix, readings=items, report=report, device_id=terminal, item=name
        )

    def _fix(self, time: float, values: dict[str, Any], status: int | None, *, raw: bool) -> dict[str, Any]:
        lat, lon, altitude = (or_as_it_stands(values[name]) for name in ("lat", "lon", "altitude"))
        if raw:
            if status is not None:
                lat = -abs(lat) if isinstance(lat, float) and status & binary.SOUTH else lat
                lon = -abs(lon) if isinstance(lon, float) and status & binary.WEST else lon
            if isinstance(altitude, float) and 0x8000 <= altitude <= 0xFFFF:  # noqa: PLR2004 below sea level
                altitude -= 0x10000
        return {
            "time": time,
            "lat": lat,
            "lon": lon,
            "degree": _MILLIONTH if raw else 1.0,
            "speed": values["speed"],
            "speed_mps": KMH_MPS * (names.TENTH if raw else 1.0),
            "heading": values["direction"],
            "altitude": altitude,
            "ignition": None if status is None else bool(status & binary.ACC_ON),
            "fix": status is None or bool(status & binary.POSITIONED),
        }

    def _items(self, report: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        """The readings of a report: its additional items, and unknown fields."""
        found: dict[str, Any] = {}
        extra = values["extra"]
        named = {"mileage": values["mileage"], **(extra if isinstance(extra, dict) else {})}
        for name, value in islice(named.items(), names.MAX_ITEMS):
            found |= self._item(name, value)
        known = names.known(tuple(self.fields.values()))
        return found | readings({name: value for name, value in report.items() if name not in known})

    def _item(self, name: str, value: Any) -> dict[str, Any]:
        """The readings of one additional item, which the gateway names by a word or by its number."""
        if is_absent(value):
            return {}
        if re.fullmatch(r"\d{1,3}|0x[0-9a-fA-F]{1,2}", name):
            item = int(name, 16 if name.startswith("0x") else 10)
            if isinstance(value, dict):  # an object with number, length and one value
                value = next((each for key, each in value.items() if not key.startswith("AttachInfo")), None)
            known = binary.item(item, value) if type(value) is int else {}
            return known or readings({f"item_{item:02x}": value})
        if name in names.EXTRAS:
            ours, unit = names.EXTRAS[name]
            try:
                read = number(value, name)
            except PayloadError:
                return readings({name: value})
            return {} if read is None else {ours: round(read * (unit if self.raw else 1.0), 3)}
        return readings({name: value})

    def _message_id(self, value: Any) -> int:
        """A message id, as a number or as text such as `0x0200` or `0200`."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            if any(value == int(f"{each:x}") for each in _READ):
                raise PayloadError(f"jt808: {value} is not a message id; as a number, 0x0200 is 512")
            return value
        text = value.strip().lower() if isinstance(value, str) else ""
        if re.fullmatch(r"0x[0-9a-f]{1,4}", text):
            return int(text, 16)
        if self.message_ids == "decimal" and re.fullmatch(r"[0-9]{1,5}", text):
            return int(text)
        is_hexadecimal = re.fullmatch(r"[0-9a-f]{1,4}", text) is not None
        if is_hexadecimal and (self.message_ids == "hexadecimal" or _is_as_the_standard_writes_it(text)):
            return int(text, 16)
        raise PayloadError(
            "jt808: the message has no id such as 0x0200"
            if not text
            else f"jt808: the message id {text[:40]!r} may be hexadecimal or decimal; set `message_ids`"
        )

    def _find(self, values: dict[str, Any], name: str) -> Any:
        path = self.fields.get(name)
        if path is not None:
            found = _at(values, path)
            if not is_absent(found):
                return found
        return next((values[each] for each in names.SPELLINGS[name] if not is_absent(values.get(each))), None)

    def _each(self, places: list[dict[str, Any]], name: str) -> Iterator[Any]:
        return (found for each in places if (found := self._find(each, name)) is not None)


def _at(values: Any, path: str) -> Any:
    """The value at a path of keys, or under the whole path as one key."""
    if path in values:
        return values[path]
    for key in path.split("."):
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _is_as_the_standard_writes_it(text: str) -> bool:
    """Four digits that are a message id we read only in hexadecimal, such as 0704 (in decimal 1796)."""
    return len(text) == 4 and not (text.isdecimal() and int(text) in _READ)  # noqa: PLR2004


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        raise PayloadError("jt808: the report is not hexadecimal text") from None


def _alarms(value: Any) -> dict[str, Any]:
    """The readings of the alarm word. A word that cannot be read is kept as it stands, and named."""
    try:
        alarm = flag_word(value, "alarm")
    except PayloadError:
        return {**readings({"alarm": value}), LEFT_OUT: "alarm_bits"}
    return {} if alarm is None else {"alarm_bits": alarm, "alarms": binary.alarm_names(alarm)}
