"""Finds the adapter of a topic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from ingest.adapters.adapter import Translated
from ingest.adapters.camera_events import Axis, Onvif
from ingest.adapters.frigate import Frigate
from ingest.adapters.gtfs_realtime import GtfsRealtime
from ingest.adapters.home_assistant import HomeAssistant
from ingest.adapters.jt808 import Jt808
from ingest.adapters.mapped_json import MappedJson
from ingest.adapters.owntracks import OwnTracks
from ingest.adapters.thingsboard import ThingsBoard
from ingest.adapters.traccar import Traccar
from ingest.errors import BadMessageError, IngestError, Reason
from ingest.packets import Retained
from wire.topics import DISTRICT_PATTERN, PREFIX

AnyAdapter: TypeAlias = (
    OwnTracks
    | Traccar
    | Jt808
    | Frigate
    | Onvif
    | Axis
    | ThingsBoard
    | HomeAssistant
    | GtfsRealtime
    | MappedJson
)

_TOPICS_KEPT: Final = 100_000
_LONGEST_KEPT: Final = 300


class Table:
    """Finds the adapter of a topic; if several match, the first in the settings.

    Args:
        adapters: in the order of the settings.

    Raises:
        IngestError: a topic filter is malformed, or matches our own topics.
    """

    def __init__(self, adapters: Sequence[AnyAdapter] = ()) -> None:
        self._rows = [(each.split("/"), adapter) for adapter in adapters for each in adapter.topics]
        self._found: dict[bytes, AnyAdapter | None] = {}
        for levels, _ in self._rows:
            _check(levels)

    def filters(self, *, incidents: bool) -> tuple[str, ...]:
        """Foreign topic filters to subscribe to: of adapters that make incidents, or of all others."""
        rows = ("/".join(levels) for levels, adapter in self._rows if adapter.reports_incidents is incidents)
        return tuple(dict.fromkeys(rows))

    def find(self, topic: bytes) -> AnyAdapter | None:
        """The adapter of a topic; None if no adapter reads it."""
        if not self._rows:
            return None
        if topic not in self._found:
            levels = topic.decode("utf-8", "backslashreplace").split("/")
            found = next((adapter for row, adapter in self._rows if _matches(row, levels)), None)
            if len(topic) > _LONGEST_KEPT:
                return found
            if len(self._found) >= _TOPICS_KEPT:
                self._found.clear()
            self._found[topic] = found
        return self._found[topic]


def read(adapter: AnyAdapter, topic: bytes, payload: bytes, *, received_at: float) -> Translated:
    """Translate a foreign message into our message types.

    Args:
        adapter: the adapter of its topic.
        topic: as received.
        payload: as received.
        received_at: epoch seconds.

    Raises:
        BadMessageError: the topic is not UTF-8 text.
        PayloadError: the adapter cannot read the message, or a value is out of range.
    """
    try:
        name = topic.decode()
    except UnicodeDecodeError:
        raise BadMessageError(Reason.TOPIC, "not UTF-8") from None
    known_at = None if isinstance(payload, Retained) else received_at
    return adapter.read_received(name, payload, received_at=known_at)


def _matches(wanted: list[str], levels: list[str]) -> bool:
    """Whether a topic matches a filter, by the rules of MQTT (section 4.7)."""
    for index, each in enumerate(wanted):
        if each == "#":
            return not (index == 0 and levels[0].startswith("$"))
        if index >= len(levels) or each not in {"+", levels[index]}:
            return False
        if index == 0 and each == "+" and levels[0].startswith("$"):
            return False
    return len(levels) == len(wanted)


def _check(levels: list[str]) -> None:
    text = "/".join(levels)
    if "#" in levels[:-1] or any(len(each) > 1 and set(each) & {"+", "#"} for each in levels):
        raise IngestError(f"adapters: {text!r} is not a topic filter; + stands for one level, # for the rest")
    if _reaches_ours(levels):
        raise IngestError(
            f"adapters: {text!r} matches topics below {PREFIX}, which belong to our own "
            "devices; name foreign topics only"
        )


def _reaches_ours(levels: list[str]) -> bool:
    """Whether a filter names our prefix, or its wildcards may match a topic below the prefix.

    Our topics have a district after the prefix, so `+/+/onvif-ej/#` matches none of them.
    """
    prefix = PREFIX.split("/")
    if not all(each in {"+", "#", name} for each, name in zip(levels, prefix, strict=False)):
        return False
    if "#" in levels[: len(prefix)] or levels[: len(prefix)] == prefix:
        return True
    follows = levels[len(prefix) : len(prefix) + 1]
    return not follows or follows[0] in {"+", "#"} or bool(re.fullmatch(DISTRICT_PATTERN, follows[0]))
