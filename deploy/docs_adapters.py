"""`docs/adapter-examples.md`: of every adapter, messages and what they become, by ingest's own code."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, get_args

import msgspec

from ingest.adapters.records import ShippedMapping, shipped
from ingest.adapters.table import AnyAdapter
from ingest.dry_run import DryRun, Outcome, Part, in_words

NOW: Final = 1_795_000_000.0
"""When all examples are received: 2026-11-18T11:06:40Z."""

_HEAD: Final = """\
# Adapters by example

*Made from the code by `scripts/docs`, which runs each message through ingest's own translation.*

Of every adapter ([adapters.md](adapters.md)) a table of settings, some messages, and the rows that ingest
stores. All are received at 2026-11-18T11:06:40Z. Try captures of your own with `streetwarden adapters try`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What one adapter reads.

    Attributes:
        title: the heading.
        settings: a TOML table `[[adapters]]`, as in the file.
        messages: topic and payload; bytes are shown in hexadecimal.
    """

    title: str
    settings: str
    messages: tuple[tuple[str, Any], ...]


def examples_page() -> str:
    """The page."""
    return "\n".join([_HEAD, *(line for example in EXAMPLES for line in _section(example))]).rstrip() + "\n"


def tried(example: Example) -> list[Outcome]:
    """What becomes of the messages of an example."""
    dry_run = DryRun([adapter_of(example)])
    return [dry_run.take(topic, _payload(message), now=NOW) for topic, message in example.messages]


def adapter_of(example: Example) -> AnyAdapter:
    """The adapter of an example."""
    (table,) = tomllib.loads(example.settings)["adapters"]
    made: AnyAdapter = msgspec.convert(table, AnyAdapter)
    return made


def _section(example: Example) -> Iterator[str]:
    adapter = adapter_of(example)
    session = "center-incidents" if adapter.reports_incidents else "center-ingest"
    yield f"## {example.title}\n"
    mapping = getattr(adapter, "mapping", "")
    if mapping:
        yield f"{shipped(mapping).about}\n"
    yield f"```toml\n{example.settings.strip()}\n```\n"
    yield (
        f"Read by the broker's user `{session}`: "
        + ", ".join(f"`{topic}`" for topic in adapter.topics)
        + ".\n"
    )
    for (topic, message), outcome in zip(example.messages, tried(example), strict=True):
        yield f"`{topic}`\n\n```\n{_shown(message)}\n```\n"
        yield from _result(outcome)


def _result(outcome: Outcome) -> Iterator[str]:
    if outcome.parts:
        yield "| stream | who | time | values |\n|---|---|---|---|"
        yield from map(_row, outcome.parts)
        yield ""
    for reason in outcome.reasons:
        yield f"Refused: {reason}\n"
    if outcome.fate == "ignored":
        yield "Ignored: it says nothing that is kept.\n"


def _row(part: Part) -> str:
    values = ", ".join(f"`{name}` {_value(name, value)}" for name, value in part.values.items())
    flags = f"; flags {', '.join(part.flags)}" if part.flags else ""
    return f"| {part.stream} | {part.kind}/{part.id} | {in_words(part.time)} | {values}{flags} |"


def _value(name: str, value: Any) -> str:
    if name == "began_at":
        return in_words(value)
    if isinstance(value, float):
        return f"{value:.7g}"
    return (value if isinstance(value, str) else json.dumps(value)).replace("|", "\\|")


def _payload(message: Any) -> bytes:
    if isinstance(message, bytes):
        return message
    return (message if isinstance(message, str) else json.dumps(message)).encode()


def _shown(message: Any) -> str:
    if isinstance(message, bytes):
        return message.hex()
    return message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)


def _one(reads: str, **rest: str) -> str:
    lines = [f"{name} = {value}" for name, value in rest.items()]
    return "\n".join(["[[adapters]]", f'reads = "{reads}"', 'district = "350582"', *lines])


_BODY: Final = "0000000000000003017bf1a00711b140000c0168005a2611181906400104000004d2"
_ENVELOPE: Final = bytes.fromhex("0a2d0d11223344151122334422")

EXAMPLES: Final[tuple[Example, ...]] = (
    Example(
        title="owntracks",
        settings=_one("owntracks", id='"ot-{2}-{3}"'),
        messages=(
            (
                "owntracks/li/phone",
                {
                    "_type": "location",
                    "lat": 24.9,
                    "lon": 118.6,
                    "tst": 1794999990,
                    "vel": 36,
                    "acc": 8,
                    "batt": 41,
                },
            ),
            ("owntracks/li/phone", {"_type": "lwt", "tst": 1794999995}),
        ),
    ),
    Example(
        title="traccar",
        settings=_one("traccar", topics='["traccar/#"]', id='"tc-{id}"'),
        messages=(
            (
                "traccar/positions",
                {
                    "position": {
                        "latitude": 24.9,
                        "longitude": 118.6,
                        "fixTime": "2026-11-18T11:06:30.000+00:00",
                        "deviceTime": "2026-11-18T11:06:30.000+00:00",
                        "valid": True,
                        "speed": 10.0,
                        "course": 90,
                        "attributes": {"ignition": True, "batteryLevel": 80},
                    },
                    "device": {"uniqueId": "861"},
                },
            ),
            ("traccar/osmand", "id=862&lat=24.9&lon=118.6&timestamp=1794999990&speed=10&batt=80"),
        ),
    ),
    Example(
        title="jt808",
        settings=_one("jt808", topics='["jt808/#"]', id='"jt-{id}"'),
        messages=(("jt808/up", {"msgId": "0x0200", "phone": "013912345678", "body": _BODY}),),
    ),
    Example(
        title="frigate",
        settings=_one(
            "frigate",
            topics='["frigate/events"]',
            cameras='[{ name = "gate", id = "cam-9", lat = 24.9036, lon = 118.5862 }]',
            labels='[{ label = "car", type = "illegal_parking", zones = ["kerb"] }]',
        ),
        messages=(
            (
                "frigate/events",
                {
                    "type": "new",
                    "after": {
                        "id": "1794999900.1-abc",
                        "camera": "gate",
                        "label": "car",
                        "start_time": 1794999900.1,
                        "frame_time": 1794999990.5,
                        "top_score": 0.9,
                        "entered_zones": ["kerb"],
                    },
                },
            ),
        ),
    ),
    Example(
        title="onvif",
        settings=_one(
            "onvif",
            topics='["+/onvif-ej/#"]',
            cameras='[{ name = "kerb-east", id = "cam-9", lat = 24.9036, lon = 118.5862 }]',
            events='[{ topic = "RuleEngine/FieldDetector/ObjectsInside", type = "illegal_parking" }]',
        ),
        messages=tuple(
            (
                "kerb-east/onvif-ej/RuleEngine/FieldDetector/ObjectsInside/&1/2/Kerb",
                {
                    "UtcTime": at,
                    "Source": {"VideoSource": "1", "AnalyticsConfiguration": "2", "Rule": "Kerb"},
                    "Key": {"ObjectId": "15"},
                    "Data": {"IsInside": holds},
                },
            )
            for at, holds in (("2026-11-18T11:05:30Z", "true"), ("2026-11-18T11:06:30Z", "false"))
        ),
    ),
    Example(
        title="axis",
        settings=_one(
            "axis",
            topics='["axis/#"]',
            cameras='[{ name = "B8A44F000001", id = "cam-7", lat = 24.9036, lon = 118.5862 }]',
            events='[{ topic = "CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1", '
            'type = "loitering", data = { classTypes = "human" } }]',
        ),
        messages=(
            (
                "axis/B8A44F000001/event/tns:axis/CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1",
                {
                    "topic": "axis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1",
                    "timestamp": 1794999990000,
                    "serial": "B8A44F000001",
                    "message": {
                        "source": {},
                        "key": {},
                        "data": {"active": "1", "classTypes": "human", "objectId": "370312"},
                    },
                },
            ),
        ),
    ),
    Example(
        title="thingsboard",
        settings=_one("thingsboard", topics='["v1/gateway/+"]', id='"tb-{id}"'),
        messages=(
            (
                "v1/gateway/telemetry",
                {
                    "Bin-7": [
                        {
                            "ts": 1794999990000,
                            "values": {"fill_percent": 80, "latitude": 24.9, "longitude": 118.6},
                        }
                    ],
                    "Bin-8": [{"fill_percent": 12}],
                },
            ),
            ("v1/gateway/disconnect", {"device": "Bin-8"}),
        ),
    ),
    Example(
        title="home_assistant",
        settings=_one("home_assistant", id='"ha-{3}"'),
        messages=(
            ("homeassistant/device_tracker/li/state", "not_home"),
            (
                "homeassistant/device_tracker/li/attributes",
                {
                    "source_type": "gps",
                    "latitude": 24.9,
                    "longitude": 118.6,
                    "gps_accuracy": 12,
                    "battery_level": 80,
                    "last_seen": "2026-11-18T11:06:30+00:00",
                },
            ),
        ),
    ),
    Example(
        title="gtfs_realtime",
        settings=_one("gtfs_realtime", topics='["gtfsrt/vp"]', id='"bus-{id}"'),
        messages=(
            (
                "gtfsrt/vp",
                {
                    "header": {"gtfsRealtimeVersion": "2.0", "timestamp": "1794999995"},
                    "entity": [
                        {
                            "id": "e1",
                            "vehicle": {
                                "trip": {"tripId": "t-12", "routeId": "7"},
                                "vehicle": {"id": "4711", "licensePlate": "C-12345"},
                                "position": {
                                    "latitude": 24.9,
                                    "longitude": 118.6,
                                    "bearing": 90,
                                    "speed": 10,
                                },
                                "currentStatus": "IN_TRANSIT_TO",
                                "timestamp": "1794999990",
                            },
                        }
                    ],
                },
            ),
        ),
    ),
    Example(
        title="json",
        settings=_one(
            "json",
            topics='["fleet/+/gps"]',
            id='"truck-{2}"',
            time='"at"',
            position='{ lat = "p.0", lon = "p.1", speed = "v" }',
            telemetry='{ fuel_l = "can.fuel" }',
            units='{ speed = "kmh", angle = 1e-6 }',
        ),
        messages=(
            (
                "fleet/7/gps",
                {"at": 1794999990, "p": [24900000, 118600000], "v": 36, "can": {"fuel": 40}},
            ),
        ),
    ),
    Example(
        title="json with records of your own",
        settings="""\
[[adapters]]
reads = "json"
district = "350582"
kind = "device"
topics = ["lamps/+/+"]
id = "lamp-{2}"

[[adapters.records]]               # the first that fits reads a message; what none fits is ignored
topic = "state"                    # how the topic ends
time = ["ts", "t"]                 # the first path at which something stands; none: the time of receipt
readings = ["lamp"]                # everything below is a reading

[[adapters.records]]
topic = "event"
when = { kind = "door" }
time = ["ts"]
telemetry = { door_open = ["open"] }
""",
        messages=(
            ("lamps/12/state", {"ts": 1794999990, "lamp": {"on": True, "power_w": 41.5}}),
            ("lamps/12/event", {"ts": 1794999991, "kind": "door", "open": "yes"}),
            ("lamps/12/event", {"ts": 1794999991, "kind": "boot"}),
        ),
    ),
    Example(
        title="json with the mapping chirpstack",
        settings=_one(
            "json",
            mapping='"chirpstack"',
            kind='"device"',
            topics='["application/+/device/+/event/+"]',
            id='"lora-{id}"',
        ),
        messages=(
            (
                "application/17c8/device/0102030405060708/event/up",
                {
                    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
                    "time": "2026-11-18T11:06:30.823500+00:00",
                    "deviceInfo": {
                        "deviceName": "cover-7",
                        "devEui": "0102030405060708",
                        "tags": {"latitude": "24.9", "longitude": "118.6"},
                    },
                    "fPort": 1,
                    "data": "AQE=",
                    "object": {"tilt_deg": 3.5, "battery": {"voltage": 3.61}},
                    "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -48, "snr": 9.0}],
                },
            ),
            (
                "application/17c8/device/0102030405060708/event/status",
                {
                    "time": "2026-11-18T11:06:35+00:00",
                    "deviceInfo": {"devEui": "0102030405060708"},
                    "margin": 7,
                    "batteryLevel": 75.5,
                },
            ),
            ("application/17c8/device/0102030405060708/event/txack", {"deviceInfo": {}}),
        ),
    ),
    Example(
        title="json with the mapping the_things_stack",
        settings=_one(
            "json",
            mapping='"the_things_stack"',
            kind='"device"',
            topics='["v3/+/devices/+/up"]',
            id='"ttn-{id}"',
        ),
        messages=(
            (
                "v3/city@ttn/devices/bin-7/up",
                {
                    "end_device_ids": {"device_id": "bin-7", "dev_eui": "0004A30B001C0530"},
                    "received_at": "2026-11-18T11:06:31.1Z",
                    "uplink_message": {
                        "f_port": 1,
                        "decoded_payload": {"fill_percent": 80},
                        "rx_metadata": [{"gateway_ids": {"gateway_id": "gtw1"}, "rssi": -35, "snr": 5.2}],
                        "received_at": "2026-11-18T11:06:30.9Z",
                        "locations": {"user": {"latitude": 24.9, "longitude": 118.6}},
                    },
                },
            ),
        ),
    ),
    Example(
        title="json with the mapping meshtastic",
        settings=_one("json", mapping='"meshtastic"', kind='"device"', topics='["msh/#"]', id='"mesh-{id}"'),
        messages=(
            (
                "msh/CN/2/json/LongFast/!7efeee00",
                {
                    "channel": 0,
                    "from": 2130636288,
                    "id": 1,
                    "sender": "!7efeee00",
                    "timestamp": 1794999992,
                    "to": 4294967295,
                    "type": "position",
                    "rssi": -78,
                    "snr": 6.2,
                    "payload": {
                        "latitude_i": 249000000,
                        "longitude_i": 1186000000,
                        "altitude": 12,
                        "time": 1794999990,
                        "precision_bits": 32,
                        "sats_in_view": 9,
                    },
                },
            ),
            (
                "msh/CN/2/json/LongFast/!7efeee00",
                {
                    "from": 2130636288,
                    "timestamp": 1794999995,
                    "type": "telemetry",
                    "payload": {"battery_level": 87, "voltage": 4.05, "uptime_seconds": 8640},
                },
            ),
            ("msh/CN/2/e/LongFast/!7efeee00", _ENVELOPE),
        ),
    ),
)


def unshown() -> list[str]:
    """Adapters and shipped mappings without an example."""
    shown = {adapter.__struct_config__.tag for adapter in map(adapter_of, EXAMPLES)}
    mappings = {getattr(adapter, "mapping", "") for adapter in map(adapter_of, EXAMPLES)}
    kinds = [str(kind.__struct_config__.tag) for kind in get_args(AnyAdapter)]
    names = [name for name in get_args(ShippedMapping) if name]
    return [*(kind for kind in kinds if kind not in shown), *(name for name in names if name not in mappings)]
