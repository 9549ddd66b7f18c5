"""Real messages to damage: one of every stream, and of every foreign kind that an adapter reads."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final, TypeAlias

import msgspec

from deploy.docs_adapters import EXAMPLES, adapter_of
from ingest.adapters.table import AnyAdapter, Table

NOW: Final = 1_795_000_000.0
Seed: TypeAlias = tuple[str, Any]
"""Topic, and what the payload says."""

_ID: Final = "5f0c4bd0-8c53-4dfb-9b0e-0a3a3f4f1a11"
_BASE64: Final = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1R"
    "V19iZ2hnPk1xeXBkeFxlZ2P/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAA"
    "AAD/2gAIAQEAAD8AP//Z"
)
"""A grey picture of 8 x 8 pixels."""

_PICTURE: Final = base64.b64decode(_BASE64)
_FIX: Final = {"time": NOW, "lat": 24.9, "lon": 118.6, "speed_mps": 8.5, "heading_deg": 90, "accuracy_m": 5}
_OURS: Final[tuple[Seed, ...]] = (
    ("sw/1/350582/vehicle/v0001/position", {**_FIX, "ignition": True, "id": "v0001"}),
    (
        "sw/1/350582/person/p1/position",
        [_FIX, {**_FIX, "time": "2026-11-18T17:06:41+08:00", "coord": "gcj02"}],
    ),
    (
        "sw/1/350582/device/d1/telemetry",
        {"time": NOW, "values": {"tilt_deg": 3.5, "open": False, "mode": "auto"}},
    ),
    (
        "sw/1/350582/device/d1/telemetry",
        [{"time": NOW, "values": {"a": 1}}, {"time": NOW + 1, "values": {"b": 2}}],
    ),
    ("sw/1/350582/camera/cam-1/frame", {"time": NOW, "jpeg": _BASE64}),
    ("sw/1/350582/box/box-1/frame", {"time": NOW, "jpeg": _BASE64, "camera": "cam-1"}),
    (
        "sw/1/350582/box/box-1/status",
        {"online": True, "time": NOW, "program": "edge", "detail": {"outbox": "0"}},
    ),
    (
        "sw/1/350582/box/box-1/incident",
        {
            "incident_id": _ID,
            "revision": 1,
            "phase": "begun",
            "type": "cover_missing",
            "observed_at": NOW,
            "began_at": NOW - 30,
            "lat": 24.9,
            "lon": 118.6,
            "camera": "cam-1",
            "zone": "cover-1",
            "component": "3505820102000001",
            "confidence": 0.9,
            "box_px": [10, 20, 30, 40],
            "cues": {"darkness": 0.7},
            "pictures": [{"role": "finding", "taken_at": NOW, "jpeg": _BASE64}],
        },
    ),
    (
        "sw/1/350582/box/box-1/evidence",
        {
            "incident_id": _ID,
            "digest": hashlib.sha256(_PICTURE).hexdigest(),
            "role": "finding",
            "taken_at": NOW,
            "media_type": "image/jpeg",
            "data": _BASE64,
        },
    ),
    ("sw/1/350582/box/box-1/receipt", {"incident_id": _ID, "outcome": "stored", "revision": 1}),
    ("sw/1/350582/vehicle/v1/command", {}),
)
_FOREIGN: Final[tuple[Seed, ...]] = (
    (
        "owntracks/li/phone",
        {"_type": "location", "lat": 24.9, "lon": 118.6, "tst": NOW, "vel": 30, "batt": 41, "acc": 5},
    ),
    (
        "owntracks/li/phone",
        {"_type": "transition", "lat": 1, "lon": 2, "tst": NOW, "event": "enter", "desc": "a"},
    ),
    ("owntracks/li/phone", {"_type": "lwt", "tst": NOW}),
    (
        "traccar/positions",
        {
            "position": {
                "latitude": 24.9,
                "longitude": 118.6,
                "fixTime": "2026-11-18T09:06:40Z",
                "speed": 10,
                "course": 90,
                "valid": True,
                "attributes": {"ignition": True, "batteryLevel": 80},
            },
            "device": {"uniqueId": "861"},
        },
    ),
    (
        "traccar/osmand",
        {"id": "861", "lat": "24.9", "lon": "118.6", "timestamp": str(int(NOW)), "speed": "10"},
    ),
    ("jt808/up", {"msgId": "0200", "phone": "13912345678", "body": {"lat": 24.9, "lon": 118.6, "time": NOW}}),
    ("jt808/up", {"msgId": 0x0704, "phone": "1", "items": [{"lat": 24.9, "lon": 118.6, "time": NOW}]}),
    ("jt808/up", {"msgId": "0200", "phone": "013912345678", "body": "00" * 28}),
    (
        "jt808/013900000000/up",
        {
            "header": {"msg_id": 512, "phone": "013900000000", "msg_sn": 7},
            "body": {
                "alarm": 1,
                "status": 3,
                "latitude": 24900000,
                "longitude": 118600000,
                "altitude": 65529,
                "time": "261118170640",
                "extra": {"mileage": 1234, "signal": {"brake": 1}, "49": 12, "86": "AAE="},
            },
        },
    ),
    (
        "traccar/events",
        {
            "event": {
                "type": "alarm",
                "eventTime": "2026-11-18T09:06:40.000+00:00",
                "attributes": {"alarm": "sos"},
            },
            "position": {
                "latitude": 24.9,
                "longitude": 118.6,
                "fixTime": "2026-11-18T09:01:40.000+0000",
                "deviceTime": "2026-11-18T09:06:40.000+0000",
                "outdated": True,
                "attributes": {"alarm": "sos"},
            },
            "device": {"uniqueId": "861"},
            "geofence": {"name": "depot"},
        },
    ),
    (
        "traccar/client",
        {
            "location": [
                {
                    "timestamp": "2026-11-18T09:06:40.000Z",
                    "coords": {"latitude": 24.9, "longitude": 118.6, "speed": 10},
                    "battery": {"level": 0.8, "is_charging": False},
                    "activity": {"type": "walking"},
                }
            ],
            "device_id": "861",
        },
    ),
    (
        "frigate/events",
        {
            "type": "new",
            "before": {"stationary": False},
            "after": {
                "id": "1732434000.1-abc",
                "camera": "gate",
                "label": "car",
                "start_time": NOW,
                "end_time": None,
                "frame_time": NOW,
                "stationary": True,
                "current_zones": ["kerb"],
                "top_score": 0.9,
                "box": [1, 2, 3, 4],
            },
        },
    ),
    (
        "fleet/7/gps",
        {"records": [{"at": "2026-11-18 17:06:40", "p": [24.9, 118.6], "v": 30, "can": {"fuel": 40}}]},
    ),
)
_EXAMPLES: Final = [
    each for each in EXAMPLES if each.title not in {"owntracks", "traccar", "jt808", "frigate"}
]
SEEDS: Final = (*_OURS, *_FOREIGN)
GATEWAY_SEEDS: Final = tuple(
    seed for each in _EXAMPLES for seed in each.messages if isinstance(seed[1], dict)
)

_ADAPTERS: Final[tuple[dict[str, Any], ...]] = (
    {"reads": "owntracks"},
    {"reads": "traccar", "topics": ["traccar/#"], "id": "tc-{id}"},
    {"reads": "jt808", "topics": ["jt808/#"]},
    {
        "reads": "frigate",
        "cameras": [{"name": "gate", "lat": 24.9, "lon": 118.6}],
        "labels": [{"label": "car", "type": "illegal_parking"}],
    },
    {
        "reads": "json",
        "topics": ["fleet/+/gps"],
        "id": "truck-{2}",
        "each": "records",
        "time": "at",
        "position": {"lat": "p.0", "lon": "p.1", "speed": "v"},
        "telemetry": {"fuel_l": "can.fuel"},
        "units": {"time": "text", "time_format": "%Y-%m-%d %H:%M:%S", "time_zone": "Asia/Shanghai"},
    },
)


def adapters() -> Table:
    """Adapters of every kind."""
    made = [msgspec.convert({"district": "350582", **settings}, AnyAdapter) for settings in _ADAPTERS]
    return Table([*made, *map(adapter_of, _EXAMPLES)])
