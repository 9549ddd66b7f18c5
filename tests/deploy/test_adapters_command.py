"""`streetwarden adapters try` translates captured messages as ingest does."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy.adapters_command import command
from deploy.doctor.centre import adapters
from ingest.settings import Settings
from program import settings

NOW = 1_795_000_000.0
SETTINGS = """
[[adapters]]
reads = "owntracks"
district = "350582"
id = "ot-{2}-{3}"
[[adapters]]
reads = "json"
district = "350582"
topics = ["fleet/+/gps"]
id = "truck-{2}"
time = "at"
position = { lat = "lat", lon = "lon" }
[[adapters]]
reads = "frigate"
district = "350582"
cameras = [{ name = "gate", id = "cam-9", lat = 24.9, lon = 118.6 }]
labels = [{ label = "car", type = "illegal_parking" }]
"""


def tried(folder: Path, capture: str, *options: str) -> Result:
    config, file = folder / "ingest.toml", folder / "capture.jsonl"
    config.write_text(SETTINGS, encoding="utf-8")
    file.write_text(capture, encoding="utf-8")
    return CliRunner().invoke(command, ["try", str(file), "--config", str(config), *options])


def fix(lat: float, at: float) -> dict[str, object]:
    return {"at": at, "lat": lat, "lon": 118.6}


def test_each_message_is_told_with_its_rows_times_and_flags(tmp_path: Path) -> None:
    capture = [
        {"topic": "fleet/7/gps", "payload": fix(24.9, NOW - 60)},
        {"topic": "fleet/7/gps", "payload": fix(25.9, NOW - 50)},
        {"topic": "fleet/7/gps", "payload": json.dumps(fix(24.9, NOW + 600))},
        {"topic": "owntracks/li/phone", "payload": {"_type": "card"}},
    ]
    said = tried(tmp_path, "\n".join(map(json.dumps, capture)), "--json", "--at", str(NOW))
    assert said.exit_code == 0, said.output
    first, jump, ahead, ignored = map(json.loads, said.output.splitlines())
    assert (first["fate"], first["adapter"], first["reads"]) == ("read", 2, "json")
    assert first["parts"][0] | {"flags": []} == {
        "stream": "position",
        "kind": "vehicle",
        "id": "truck-7",
        "district": "350582",
        "time": NOW - 60,
        "values": {"lat": 24.9, "lon": 118.6},
        "flags": [],
    }
    assert jump["parts"][0]["flags"] == ["IMPOSSIBLE_SPEED"], "seen against the fix before, as ingest does"
    assert ahead["parts"][0]["flags"] == ["FUTURE"]
    assert ignored["fate"] == "ignored"


def test_an_incident_is_told_with_its_place_and_camera(tmp_path: Path) -> None:
    event = {
        "type": "new",
        "after": {"id": "1.5-a", "camera": "gate", "label": "car", "start_time": NOW - 9},
    }
    said = tried(tmp_path, f"frigate/events {json.dumps(event)}", "--at", str(NOW))
    assert said.exit_code == 0, said.output
    assert "incident  camera/cam-9" in said.output
    assert "type=illegal_parking" in said.output
    assert "lat=24.9" in said.output


def test_a_refusal_says_why_and_ends_with_1(tmp_path: Path) -> None:
    capture = 'owntracks/li/phone {"_type": "lwt", "tst": 5e9}\nsomebody/else hello\n'
    said = tried(tmp_path, capture, "--at", str(NOW))
    assert said.exit_code == 1
    assert "owntracks/li/phone  refused by [[adapters]] 1 (owntracks)" in said.output
    assert "refused: payload" in said.output
    assert "no adapter reads this topic; those of the settings read owntracks/+/+" in said.output
    assert said.output.splitlines()[-1] == "2 messages: 0 read, 1 refused, 1 unknown topic"


def test_a_topic_of_our_own_is_checked_as_ingest_checks_it(tmp_path: Path) -> None:
    good = {"topic": "sw/1/350582/vehicle/v1/position", "payload": {"time": NOW, "lat": 1, "lon": 2}}
    bad = {
        "topic": "sw/1/350582/vehicle/v1/position",
        "payload": {"time": NOW, "lat": 1, "lon": 2, "id": "v2"},
    }
    said = tried(tmp_path, f"{json.dumps(good)}\n{json.dumps(bad)}", "--json", "--at", str(NOW))
    assert said.exit_code == 1
    assert [json.loads(line)["fate"] for line in said.output.splitlines()] == ["read", "refused"]


def test_a_message_that_is_refused_in_part_counts_as_read_and_ends_with_1(tmp_path: Path) -> None:
    fixes = [{"time": NOW, "lat": 1, "lon": 2}, {"time": NOW + 90 * 86_400, "lat": 1, "lon": 2}]
    said = tried(tmp_path, f"sw/1/350582/vehicle/v1/position {json.dumps(fixes)}", "--at", str(NOW))
    assert said.exit_code == 1
    assert said.output.splitlines()[-1] == "1 messages: 1 read (1 of them partly refused)"


@pytest.mark.parametrize("form", ["text", "hex", "base64"])
def test_captures_of_mosquitto_sub_in_its_forms_are_read(tmp_path: Path, form: str) -> None:
    payload = json.dumps(fix(24.9, NOW)).encode()
    written = {"text": payload.decode(), "hex": payload.hex(), "base64": base64.b64encode(payload).decode()}[
        form
    ]
    message = {
        "tst": "2026-11-18T12:06:40.000000Z+0100",
        "topic": "fleet/7/gps",
        "qos": 0,
        "retain": 0,
        "payloadlen": len(payload),
        "payload": written,
    }
    lines = [f"fleet/7/gps {written}", "", "# a remark", json.dumps(message)]
    said = tried(tmp_path, "\n".join(lines), "--json", "--payload", form)
    plain, told = map(json.loads, said.output.splitlines())
    assert plain["parts"][0]["time"] == told["parts"][0]["time"] == NOW
    assert told["parts"][0]["flags"] == [], "received when the capture says, 2026-11-18T11:06:40Z"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 1 is no captured message: not JSON"),
        ('{"payload": 1}', "it has no topic"),
        ('{"topic": "a"}', "it has no payload"),
        ('{"topic": "a", "payload_hex": "zz"}', "no hexadecimal"),
        ("", "holds no message"),
    ],
)
def test_an_invalid_capture_is_one_sentence(tmp_path: Path, line: str, says: str) -> None:
    said = tried(tmp_path, line)
    assert said.exit_code == 1
    assert says in str(said.exception)


def test_doctor_says_what_the_broker_must_let_ingest_read(tmp_path: Path) -> None:
    config = tmp_path / "ingest.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    chosen = settings.load(Settings, program="ingest", file=config, environment={})
    assert "3 tables read 5 topic filters" in adapters(chosen).found
    assert "streetwarden adapters acl" in adapters(chosen).found


def test_an_account_of_our_own_is_held_to_what_it_may_report(tmp_path: Path) -> None:
    incident = {
        "incident_id": "5f0c4bd0-8c53-4dfb-9b0e-0a3a3f4f1a11", "revision": 1, "phase": "begun",
        "camera": "cam-1", "type": "stall", "observed_at": NOW, "began_at": NOW, "lat": 24.9, "lon": 118.6,
    }  # fmt: skip
    said = tried(tmp_path, f"sw/1/350582/box/b1/incident {json.dumps(incident)}", "--at", str(NOW))
    assert said.exit_code == 1
    assert "refused: authority" in said.output


def test_the_brokers_acl_needs_a_line_for_each_filter_of_each_session(tmp_path: Path) -> None:
    config = tmp_path / "ingest.toml"
    config.write_text(SETTINGS + '[broker]\nuser = "ingest-7"\n', encoding="utf-8")
    said = CliRunner().invoke(command, ["acl", "--config", str(config)])
    assert said.exit_code == 0, said.output
    assert said.output.splitlines() == [
        "user ingest-7",
        "topic read owntracks/+/+",
        "topic read owntracks/+/+/event",
        "topic read owntracks/+/+/step",
        "topic read fleet/+/gps",
        "user center-incidents",
        "topic read frigate/events",
    ]


def test_a_retained_message_says_nothing_about_now(tmp_path: Path) -> None:
    said = {"topic": "owntracks/li/phone", "payload": {"_type": "location", "lat": 1, "lon": 2, "tst": NOW}}
    for retained, streams in ((0, ["position", "status"]), (1, ["position"])):
        found = tried(tmp_path, json.dumps(said | {"retain": retained}), "--json", "--at", str(NOW))
        assert sorted(part["stream"] for part in json.loads(found.output)["parts"]) == streams
