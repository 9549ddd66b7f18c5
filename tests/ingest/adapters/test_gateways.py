"""Messages of public gateways: ThingsBoard, Home Assistant, GTFS-realtime, and the shipped mappings."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from google.transit import gtfs_realtime_pb2

from bench.fleet import Fleet
from ingest.dry_run import DryRun, Outcome, Part
from tests.ingest.adapters.test_adapters import NOW, adapter
from tests.ingest.conftest import StartIngest
from tests.ingest.running import rows
from tests.servers import Broker
from wire.messages import MAX_BATCH

BOARD = adapter(reads="thingsboard", topics=["+/v1/devices/me/+", "v1/gateway/#"], id="tb-{id}")
DEVICE = adapter(reads="thingsboard", topics=["+/v1/devices/me/+"], id="tb-{1}", speed="kmh")
HOME = adapter(reads="home_assistant", id="ha-{3}")
FEED = adapter(reads="gtfs_realtime", topics=["gtfsrt/vp"], id="bus-{id}")
CHIRPSTACK = adapter(
    reads="json", mapping="chirpstack", topics=["application/#"], id="lora-{id}", kind="device"
)
THINGS = adapter(reads="json", mapping="the_things_stack", topics=["v3/#"], id="ttn-{id}", kind="device")
MESH = adapter(reads="json", mapping="meshtastic", topics=["msh/#"], id="mesh-{id}", kind="device")


def outcome(reader: Any, topic: str, message: object, *, retained: bool = False) -> Outcome:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return DryRun([reader]).take(topic, payload, now=NOW, retained=retained)


def parts(reader: Any, topic: str, message: object) -> dict[str, Part]:
    """The rows by `id/stream`, of a message that is read whole."""
    found = outcome(reader, topic, message)
    assert (found.fate, found.reasons) == ("read", ()), found
    return {f"{part.id}/{part.stream}": part for part in found.parts}


def fix(part: Part) -> tuple[float, float, float]:
    return part.time, round(part.values["lat"], 6), round(part.values["lon"], 6)


class TestThingsBoard:
    @pytest.mark.parametrize(
        "sample",
        [
            {"ts": (NOW - 9) * 1000, "values": {"tilt": 3}},
            [{"ts": (NOW - 9) * 1000, "values": {"tilt": 3}}],
            [{"ts": str(int(NOW - 9) * 1000), "values": {"tilt": 3}}],
        ],
    )
    def test_a_device_publishes_samples_with_their_time(self, sample: object) -> None:
        found = parts(DEVICE, "bin-7/v1/devices/me/telemetry", sample)["tb-bin-7/telemetry"]
        assert (found.time, found.values) == (NOW - 9, {"tilt": 3})

    @pytest.mark.parametrize("sample", [{"tilt": 3}, [{"tilt": 3}]])
    def test_a_sample_without_a_time_has_that_of_its_receipt(self, sample: object) -> None:
        found = parts(DEVICE, "bin-7/v1/devices/me/telemetry", sample)["tb-bin-7/telemetry"]
        assert (found.time, found.values) == (NOW, {"tilt": 3})

    def test_a_place_among_the_values_is_a_position(self) -> None:
        values = {"latitude": "24.9", "longitude": 118.6, "speed": 36, "fuel": 40}
        found = parts(DEVICE, "car/v1/devices/me/telemetry", {"ts": NOW * 1000, "values": values})
        assert fix(found["tb-car/position"]) == (NOW, 24.9, 118.6)
        assert found["tb-car/position"].values["speed_mps"] == pytest.approx(10)
        assert found["tb-car/telemetry"].values == {"fuel": 40}

    def test_a_gateway_speaks_for_its_devices_and_one_bad_sample_takes_no_other(self) -> None:
        said = {
            "A": [{"ts": (NOW - 1) * 1000, "values": {"t": 1}}, {"ts": "soon", "values": {"t": 2}}],
            "B": [{"t": 3}],
            "C": {"latitude": 95, "longitude": 1},
        }
        found = outcome(BOARD, "v1/gateway/telemetry", said)
        rows = [(part.id, part.time, part.values) for part in found.parts]
        assert rows == [
            ("tb-A", NOW - 1, {"t": 1}),
            ("tb-B", NOW, {"t": 3}),
        ]
        assert len(found.reasons) == 2

    def test_connect_disconnect_and_attributes(self) -> None:
        gone = parts(BOARD, "v1/gateway/disconnect", {"device": "A"})["tb-A/status"]
        assert (gone.time, gone.values["online"]) == (NOW, False)
        assert parts(BOARD, "v1/gateway/connect", {"device": "A", "type": "t"})["tb-A/status"].values[
            "online"
        ]
        version = parts(BOARD, "v1/gateway/attributes", {"A": {"fw": "1.2"}})["tb-A/telemetry"]
        assert version.values == {"fw": "1.2"}
        assert outcome(BOARD, "v1/gateway/rpc", {"device": "A", "id": 1, "data": {}}).fate == "ignored"

    @pytest.mark.parametrize(
        ("topic", "message", "says"),
        [
            ("v1/gateway/telemetry", [1], "names of its devices"),
            ("v1/gateway/connect", {}, "names no device"),
            ("x/v1/devices/me/telemetry", {"t": 1}, "no sender id"),
            ("v1/gateway/telemetry", {"A": [{"t": 1}] * (MAX_BATCH + 1)}, "samples in one list"),
            (
                "v1/gateway/telemetry",
                {str(n): {"t": 1} for n in range(MAX_BATCH + 1)},
                "devices in one message",
            ),
            ("v1/gateway/telemetry", b"\xff", "thingsboard telemetry"),
        ],
    )
    def test_what_it_cannot_be_is_refused_in_words(self, topic: str, message: object, says: str) -> None:
        found = outcome(BOARD, topic, message)
        assert found.fate == "refused"
        assert says in found.reasons[0]


class TestHomeAssistant:
    TOPIC = "homeassistant/device_tracker/li"

    def test_attributes_are_a_position_and_readings_at_the_time_they_name(self) -> None:
        said = {
            "source_type": "gps", "latitude": 24.9, "longitude": 118.6, "gps_accuracy": 12, "altitude": 3,
            "speed": -1, "course": 90, "battery_level": 80, "last_seen": "2026-11-18T11:06:30+00:00",
        }  # fmt: skip
        found = parts(HOME, f"{self.TOPIC}/attributes", said)
        assert fix(found["ha-li/position"]) == (1_794_999_990.0, 24.9, 118.6)
        values = found["ha-li/position"].values
        assert (values["accuracy_m"], values["heading_deg"]) == (12, 90)
        assert "speed_mps" not in values, "below zero: not known"
        assert found["ha-li/telemetry"].values == {"battery_percent": 80}

    @pytest.mark.parametrize("state", ["home", "not_home", "Depot 7", "学校"])
    def test_a_state_is_the_zone(self, state: str) -> None:
        found = parts(HOME, f"{self.TOPIC}/state", state.encode())["ha-li/telemetry"]
        assert (found.time, found.values) == (NOW, {"zone": state})

    def test_states_that_tell_of_the_connection(self) -> None:
        assert not parts(HOME, f"{self.TOPIC}/state", b"unavailable")["ha-li/status"].values["online"]
        assert parts(HOME, f"{self.TOPIC}/availability", b"online")["ha-li/status"].values["online"]
        for nothing in (b"unknown", b"None", b""):
            assert outcome(HOME, f"{self.TOPIC}/state", nothing).fate == "ignored"

    @pytest.mark.parametrize(
        ("name", "payload", "reading"),
        [("latitude", b"24.9", 24.9), ("battery_level", b"80", 80), ("ip", b'"192.0.2.7"', "192.0.2.7")],
    )
    def test_attributes_that_the_statestream_publishes_apart_are_readings(
        self, name: str, payload: bytes, reading: object
    ) -> None:
        found = parts(HOME, f"{self.TOPIC}/{name}", payload)
        assert list(found) == ["ha-li/telemetry"]
        assert list(found["ha-li/telemetry"].values.values()) == [reading]

    def test_a_state_object_of_the_event_stream_has_both(self) -> None:
        said = {
            "entity_id": "device_tracker.li", "state": "home", "last_updated": NOW - 5,
            "attributes": {"latitude": 24.9, "longitude": 118.6},
        }  # fmt: skip
        found = parts(HOME, f"{self.TOPIC}/state", said)
        assert fix(found["ha-li/position"]) == (NOW - 5, 24.9, 118.6)
        assert found["ha-li/telemetry"].time == NOW - 5

    def test_discovery_is_ignored(self) -> None:
        said = {"unique_id": "li", "json_attributes_topic": "x", "source_type": "gps"}
        assert outcome(HOME, f"{self.TOPIC}/config", said).fate == "ignored"


def feed(*vehicles: dict[str, Any], **header: Any) -> gtfs_realtime_pb2.FeedMessage:
    made = gtfs_realtime_pb2.FeedMessage()
    made.header.gtfs_realtime_version = "2.0"
    if "timestamp" in header:
        made.header.timestamp = header["timestamp"]
    for number, vehicle in enumerate(vehicles):
        entity = made.entity.add(id=f"e{number}")
        entity.vehicle.vehicle.id = vehicle["id"]
        entity.vehicle.position.latitude = vehicle["lat"]
        entity.vehicle.position.longitude = 118.6
        entity.vehicle.position.speed = 10
        entity.vehicle.position.bearing = 360
        entity.vehicle.trip.route_id = "7"
        entity.vehicle.current_status = gtfs_realtime_pb2.VehiclePosition.IN_TRANSIT_TO
        if "at" in vehicle:
            entity.vehicle.timestamp = vehicle["at"]
    return made


@pytest.mark.parametrize(
    ("reader", "topic", "message"),
    [
        (DEVICE, "bin-7/v1/devices/me/telemetry", {"tilt": 3}),
        (BOARD, "v1/gateway/connect", {"device": "A"}),
        (HOME, "homeassistant/device_tracker/li/state", "home"),
        (HOME, "homeassistant/device_tracker/li/attributes", {"latitude": 24.9, "longitude": 118.6}),
        (MESH, "msh/CN/2/json/LongFast/!1", {"from": 1, "type": "telemetry", "payload": {"v": 1}}),
    ],
)
def test_a_retained_message_without_a_time_says_nothing(reader: Any, topic: str, message: object) -> None:
    assert outcome(reader, topic, message).fate == "read"
    assert outcome(reader, topic, message, retained=True).fate == "ignored"


def test_a_retained_message_with_a_time_is_read() -> None:
    sample = {"ts": (NOW - 9) * 1000, "values": {"tilt": 3}}
    assert outcome(DEVICE, "bin-7/v1/devices/me/telemetry", sample, retained=True).fate == "read"


class TestGtfsRealtime:
    def test_protocol_buffers_and_json_say_the_same(self) -> None:
        from google.protobuf import json_format

        said = feed(
            {"id": "47", "lat": 24.9, "at": int(NOW) - 9}, {"id": "48", "lat": 24.8}, timestamp=int(NOW)
        )
        snake = json_format.MessageToDict(said, preserving_proto_field_name=True)
        forms = [said.SerializeToString(), json_format.MessageToJson(said).encode(), snake]
        found = [parts(FEED, "gtfsrt/vp", form) for form in forms]
        assert found[0] == found[1] == found[2]
        assert fix(found[0]["bus-47/position"]) == (int(NOW) - 9, 24.9, 118.6)
        assert fix(found[0]["bus-48/position"]) == (int(NOW), 24.8, 118.6), "the time of the feed"
        values = found[0]["bus-47/position"].values
        assert (values["speed_mps"], values["heading_deg"]) == (10, 0)
        telemetry = found[0]["bus-47/telemetry"].values
        assert telemetry == {"route_id": "7", "current_status": "IN_TRANSIT_TO"}

    def test_one_bad_vehicle_takes_no_other(self) -> None:
        said = feed({"id": "47", "lat": 124.9, "at": int(NOW)}, {"id": "48", "lat": 24.8, "at": int(NOW)})
        found = outcome(FEED, "gtfsrt/vp", said.SerializeToString())
        assert {part.id for part in found.parts if part.stream == "position"} == {"bus-48"}
        assert "latitude" in found.reasons[0]

    def test_a_text_that_is_not_utf8_is_refused_with_its_vehicle_alone(self) -> None:
        said = feed({"id": "47", "lat": 24.9, "at": int(NOW)}, {"id": "48", "lat": 24.8, "at": int(NOW)})
        found = outcome(FEED, "gtfsrt/vp", said.SerializeToString().replace(b"47", b"4\xff"))
        assert {part.id for part in found.parts} == {"bus-48"}
        assert "not UTF-8" in found.reasons[0]

    def test_damaged_protocol_buffers_are_read_or_refused_in_words(self) -> None:
        random = Random(3)
        whole = feed({"id": "47", "lat": 24.9, "at": int(NOW)}, {"id": "48", "lat": 24.8}, timestamp=int(NOW))
        dry_run = DryRun([FEED])
        for _ in range(2000):
            damaged = bytearray(whole.SerializeToString())
            for _ in range(random.randrange(1, 4)):
                damaged[random.randrange(len(damaged))] = random.randrange(256)
            found = dry_run.take("gtfsrt/vp", bytes(damaged[: random.randrange(20, 400)]), now=NOW)
            assert not [reason for reason in found.reasons if "defect" in reason], damaged.hex()

    def test_trip_updates_alerts_and_deleted_vehicles_are_ignored(self) -> None:
        said = feed({"id": "47", "lat": 24.9, "at": int(NOW)})
        said.entity[0].is_deleted = True
        said.entity.add(id="t").trip_update.trip.trip_id = "7"
        assert outcome(FEED, "gtfsrt/vp", said.SerializeToString()).fate == "ignored"

    @pytest.mark.parametrize("payload", [b"\x0a\xff", b'{"entity": 7}', b"hello"])
    def test_an_invalid_feed_is_refused_with_a_reason(self, payload: bytes) -> None:
        found = outcome(FEED, "gtfsrt/vp", payload)
        assert found.fate == "refused"
        assert "gtfs-realtime" in found.reasons[0]


UPLINK = {
    "deduplicationId": "3ac7e3c4",
    "time": "2026-11-18T11:06:30.823500+00:00",
    "deviceInfo": {"devEui": "0102030405060708", "deviceName": "cover-7", "tags": {}},
    "fPort": 1,
    "data": "AQE=",
    "rxInfo": [{"gatewayId": "00", "rssi": -48, "snr": 9, "location": {"latitude": 1.0, "longitude": 2.0}}],
}


class TestShippedMappings:
    UP = "application/17c8/device/0102030405060708/event/up"

    def test_an_uplink_of_chirpstack_is_its_decoded_object(self) -> None:
        said = UPLINK | {"object": {"tilt_deg": 3.5, "battery": {"v": 3.6}, "on": True, "list": [1]}}
        found = parts(CHIRPSTACK, self.UP, said)
        assert list(found) == ["lora-0102030405060708/telemetry"], "a gateway's place is not its device's"
        part = found["lora-0102030405060708/telemetry"]
        assert part.time == pytest.approx(1_794_999_990.8235)
        assert part.values.items() >= {"tilt_deg": 3.5, "battery.v": 3.6, "on": True, "rssi_dbm": -48}.items()

    @pytest.mark.parametrize(
        "place",
        [
            {"object": {"latitude": 24.9, "longitude": 118.6}},
            {"object": {"gps": {"lat": "24.9", "lng": "118.6"}}},
            {
                "deviceInfo": {
                    "devEui": "0102030405060708",
                    "tags": {"latitude": "24.9", "longitude": "118.6"},
                }
            },
        ],
    )
    def test_a_device_of_chirpstack_is_where_its_object_or_its_tags_say(self, place: dict[str, Any]) -> None:
        found = parts(CHIRPSTACK, self.UP, UPLINK | place)["lora-0102030405060708/position"]
        assert fix(found)[1:] == (24.9, 118.6)

    def test_other_events_of_chirpstack(self) -> None:
        info = {"time": "2026-11-18T11:06:30+00:00", "deviceInfo": {"devEui": "0102030405060708"}}
        base = self.UP.removesuffix("up")
        status = parts(CHIRPSTACK, f"{base}status", info | {"margin": 7, "batteryLevel": 75.5})
        values = status["lora-0102030405060708/telemetry"].values
        assert values == {"battery_percent": 75.5, "margin_db": 7}
        assert parts(CHIRPSTACK, f"{base}join", info)["lora-0102030405060708/status"].values["online"]
        place = {
            "location": {"latitude": 24.9, "longitude": 118.6, "source": "LORA_RSSI_TDOA", "accuracy": 90}
        }
        located = parts(CHIRPSTACK, f"{base}location", info | place)["lora-0102030405060708/position"]
        assert located.values["accuracy_m"] == 90
        for other in ("txack", "ack", "log", "integration"):
            assert outcome(CHIRPSTACK, f"{base}{other}", info).fate == "ignored"

    def test_an_uplink_of_the_things_stack(self) -> None:
        said = {
            "end_device_ids": {"device_id": "bin-7"},
            "received_at": "2026-11-18T11:06:31.123456789Z",
            "uplink_message": {"decoded_payload": {"fill": 80, "latitude": 24.9, "longitude": 118.6}},
        }
        found = parts(THINGS, "v3/city@ttn/devices/bin-7/up", said)
        assert fix(found["ttn-bin-7/position"])[1:] == (24.9, 118.6)
        assert found["ttn-bin-7/telemetry"].values["fill"] == 80

    def mesh(self, kind: str, payload: object, **more: object) -> dict[str, object]:
        return {
            "from": 0x7EFEEE00,
            "sender": "!00000001",
            "timestamp": NOW - 3,
            "type": kind,
            "payload": payload,
            **more,
        }

    def test_meshtastic_positions_are_of_the_node_that_speaks(self) -> None:
        payload = {"latitude_i": 249_000_000, "longitude_i": 1_186_000_000, "altitude": 12, "time": NOW - 9}
        found = parts(MESH, "msh/CN/2/json/LongFast/!00000001", self.mesh("position", payload))
        assert fix(found["mesh-7efeee00/position"]) == (NOW - 9, 24.9, 118.6)
        assert "accuracy_m" not in found["mesh-7efeee00/position"].values

    @pytest.mark.parametrize(("bits", "metres"), [(16, 365), (13, 2918)])
    def test_a_meshtastic_place_that_is_blurred_says_how_far(self, bits: int, metres: float) -> None:
        payload = {"latitude_i": 249_000_000, "longitude_i": 1_186_000_000, "precision_bits": bits}
        found = parts(MESH, "msh/CN/2/json/LongFast/!00000001", self.mesh("position", payload))
        part = found["mesh-7efeee00/position"]
        assert part.values["accuracy_m"] == pytest.approx(metres, rel=0.01)
        assert ("POOR_ACCURACY" in part.flags) is (metres > 200)

    def test_all_bits_of_a_meshtastic_place_are_no_accuracy(self) -> None:
        payload = {"latitude_i": 249_000_000, "longitude_i": 1_186_000_000, "precision_bits": 32}
        found = parts(MESH, "msh/CN/2/json/LongFast/!00000001", self.mesh("position", payload))
        assert "accuracy_m" not in found["mesh-7efeee00/position"].values

    def test_a_meshtastic_node_number_below_zero_is_the_same_node(self) -> None:
        said = self.mesh("nodeinfo", {"longname": "nf404", "hardware": 2}, **{"from": -228157708})
        assert list(parts(MESH, "msh/2/json/LongFast/!25053ad4", said)) == ["mesh-f26696f4/telemetry"]

    def test_a_meshtastic_node_without_a_clock_has_the_time_of_receipt(self) -> None:
        said = self.mesh("telemetry", {"battery_level": 87}, timestamp=0)
        assert parts(MESH, "msh/CN/2/json/LongFast/!00000001", said)["mesh-7efeee00/telemetry"].time == NOW

    def test_other_meshtastic_messages(self) -> None:
        topic = "msh/CN/2/json/LongFast/!00000001"
        for kind in ("text", "neighborinfo", "traceroute", "waypoint"):
            assert outcome(MESH, topic, self.mesh(kind, {"text": "hello"})).fate == "ignored"
        assert outcome(MESH, "msh/CN/2/stat/!00000001", b"online").fate == "ignored"
        assert outcome(MESH, "msh/CN/2/map/", b"\x0a\x01").fate == "ignored"
        encrypted = outcome(MESH, "msh/CN/2/e/LongFast/!00000001", b"\x0a\x2d\xff")
        assert encrypted.fate == "refused"
        assert "turn JSON output on" in encrypted.reasons[0]

    def test_records_of_ones_own_are_read_like_shipped_ones(self) -> None:
        records = [
            {"topic": "state", "time": ["ts", "t"], "readings": ["lamp"], "called": ["n"]},
            {"topic": "list", "each": "items", "called": ["n"], "telemetry": {"v": ["v"]}},
        ]
        own = adapter(reads="json", topics=["lamps/+"], id="lamp-{id}", kind="device", records=records)
        found = parts(own, "lamps/state", {"n": 7, "t": NOW - 1, "lamp": {"on": "yes"}})
        assert found["lamp-7/telemetry"].values == {"on": "yes"}
        found = parts(own, "lamps/list", {"items": [{"n": 1, "v": 5}, {"n": 2, "v": 6}]})
        assert list(found) == ["lamp-1/telemetry", "lamp-2/telemetry"]

    @pytest.mark.parametrize(
        "settings", [{}, {"mapping": "chirpstack", "time": "t"}, {"mapping": "chirpstack", "records": [{}]}]
    )
    def test_a_json_adapter_says_in_one_way_what_it_reads(self, settings: dict[str, Any]) -> None:
        with pytest.raises(msgspec.ValidationError, match="one of `time`, `mapping` and `records`"):
            adapter(reads="json", topics=["t"], **settings)


SETTINGS = """
[[adapters]]
reads = "thingsboard"
district = "350582"
id = "tb-{id}"
[[adapters]]
reads = "gtfs_realtime"
district = "350582"
topics = ["gtfsrt/vp"]
id = "bus-{id}"
[[adapters]]
reads = "json"
mapping = "chirpstack"
district = "350582"
kind = "device"
topics = ["application/#"]
id = "lora-{id}"
"""


@pytest.mark.servers
async def test_gateways_through_the_real_broker_into_the_real_database(
    start_ingest: StartIngest, broker: Broker, database_url: str, tmp_path: Path
) -> None:
    config = tmp_path / "ingest.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    ingest = start_ingest(config=config)
    await ingest.ready()
    now = time.time()
    board = {
        "A": [{"ts": now * 1000, "values": {"t": 1}}, {"ts": "soon", "values": {"t": 2}}],
        "B": [{"t": 3}],
    }
    uplink = {"deviceInfo": {"devEui": "0102"}, "time": now, "object": {"tilt_deg": 3.5}}
    buses = feed({"id": "47", "lat": 24.9, "at": int(now)}, {"id": "48", "lat": 124.0, "at": int(now)})
    messages = [
        ("v1/gateway/telemetry", json.dumps(board).encode()),
        ("gtfsrt/vp", buses.SerializeToString()),
        ("application/1/device/0102/event/up", json.dumps(uplink).encode()),
        ("application/1/device/0102/event/txack", b"{}"),
        ("gtfsrt/vp", b"\x0a\xff"),
    ]
    await Fleet(broker.url, connections=1).publish(messages)
    fates = await ingest.settled(len(messages))
    assert (fates["stored"], fates["ignored"], fates["quarantined"]) == (3, 1, 1)
    readings = "SELECT id, values FROM latest_telemetry JOIN entity USING (entity_id) ORDER BY id"
    assert [(name, json.loads(values)) for name, values in await rows(database_url, readings)] == [
        ("bus-47", {"route_id": "7", "current_status": "IN_TRANSIT_TO"}),
        ("bus-48", {"route_id": "7", "current_status": "IN_TRANSIT_TO"}),
        ("lora-0102", {"tilt_deg": 3.5}),
        ("tb-A", {"t": 1}),
        ("tb-B", {"t": 3}),
    ]
    assert await rows(database_url, "SELECT id FROM latest_position JOIN entity USING (entity_id)") == [
        ("bus-47",)
    ]
    kept = await rows(database_url, "SELECT topic, reason FROM quarantine ORDER BY topic")
    assert [topic for topic, _ in kept] == ["gtfsrt/vp", "gtfsrt/vp", "v1/gateway/telemetry"]
