"""JT/T 808 as real gateways publish it: JSON of public gateways, and the protocol's own bytes."""

from __future__ import annotations

import struct
from functools import reduce
from operator import xor
from typing import Any

import pytest

from ingest.adapters.adapter import Translated
from tests.ingest.adapters.test_adapters import adapter, translate
from wire.errors import PayloadError
from wire.messages import Position, Telemetry
from wire.partial import PartialPosition, RefusedItem

T = 1_794_992_800.0  # 2026-11-18T09:06:40Z
BCD = "261118170640"  # the same in UTC+8
PLAIN = adapter(reads="jt808", topics=["jt808/#"])
RAW = adapter(reads="jt808", topics=["jt808/#"], raw=True)


def body(
    *,
    alarm: int = 0,
    status: int = 3,
    altitude: int = 12,
    direction: int = 90,
    speed: int = 360,
    lat: int = 24_900_000,
    time: str = BCD,
    items: bytes = b"",
) -> bytes:
    head = struct.pack(">IIIIHHH", alarm, status, lat, 118_600_000, altitude & 0xFFFF, speed, direction)
    return head + bytes.fromhex(time) + items


def report(data: bytes) -> dict[str, Any]:
    return {"msgId": "0x0200", "phone": "139", "body": data.hex()}


def fixes(translated: Translated) -> list[Position]:
    return [part for _, part in translated if isinstance(part, Position)]


def values(translated: Translated) -> dict[str, Any]:
    (readings,) = [part.values for _, part in translated if isinstance(part, Telemetry)]
    return readings


def refusals(translated: Translated) -> list[RefusedItem]:
    return [part for _, part in translated if isinstance(part, RefusedItem)]


@pytest.mark.parametrize(
    "written",
    ["2026-11-18T17:06:40", "2026-11-18 17:06:40.0", "2026-11-18 17:06", "2026/11/18 17:06:40", BCD, int(BCD),
     "26-11-18 17:06:40", [2026, 11, 18, 17, 6, 40], "2026-11-18T09:06:40Z", 1794992800, "1794992800000"],
)  # fmt: skip
def test_times_of_every_gateway_are_beijing_time_unless_they_say_otherwise(written: Any) -> None:
    (fix,) = fixes(
        translate(
            PLAIN, "jt808/up", {"msgId": 512, "phone": "1", "body": {"lat": 1, "lng": 2, "time": written}}
        )
    )
    assert fix.time in {T, T - 40}


def test_the_stated_zone_goes_before_beijing_time() -> None:
    reader = adapter(reads="jt808", topics=["jt808/#"], time_zone="UTC")
    (fix,) = fixes(translate(reader, "jt808/up", report(body())))
    assert fix.time == T + 8 * 3600
    with pytest.raises(ValueError, match="time_zone"):
        adapter(reads="jt808", topics=["jt808/#"], time_zone="Mars/Olympus")


def test_the_gateway_of_emqx_is_read_as_it_is() -> None:
    translated = translate(
        RAW,
        "jt808/013900000000/up",
        {
            "header": {"msg_id": 512, "encrypt": 0, "len": 28, "phone": "013900000000", "msg_sn": 7},
            "body": {
                "alarm": 1, "status": 3, "latitude": 24900000, "longitude": 118600000, "altitude": 65529,
                "speed": 360, "direction": 90, "time": BCD,
                "extra": {
                    "mileage": 1234, "fuel_meter": 455, "speed": 350, "alarm_id": 9, "rssi": 31,
                    "gnss_sat_num": 12, "overspeed_alarm": {"type": 1, "id": 7}, "signal": {"brake": 1},
                    "86": "AAE=",
                },
            },
        },
    )  # fmt: skip
    (where, fix) = translated[0]
    assert where is not None
    assert where.id == "013900000000"
    assert isinstance(fix, Position)
    assert (fix.lat, fix.lon, fix.altitude_m) == pytest.approx((24.9, 118.6, -7))
    assert fix.speed_mps == pytest.approx(10)
    assert (fix.ignition, fix.fix) == (True, True)
    assert values(translated) == {
        "mileage_km": 123.4, "fuel_l": 45.5, "tachograph_speed_kmh": 35.0, "alarm_event_id": 9,
        "signal_strength": 31, "satellites": 12, "overspeed_alarm.type": 1, "overspeed_alarm.id": 7,
        "signal.brake": 1, "item_56": "AAE=", "alarm_bits": 1, "alarms": "sos", "status_bits": 3,
    }  # fmt: skip


def test_batches_and_answers_of_emqx_are_reports_too() -> None:
    place = {"status": 3, "latitude": 24900000, "longitude": 118600000, "time": BCD}
    header = {"phone": "013900000000"}
    batch = {
        "header": {**header, "msg_id": 0x0704},
        "body": {"type": 1, "length": 2, "location": [place] * 2},
    }
    assert len(fixes(translate(RAW, "jt808/x/up", batch))) == 2
    asked = {"header": {**header, "msg_id": 0x0201}, "body": {"seq": 4, "params": place}}
    assert len(fixes(translate(RAW, "jt808/x/up", asked))) == 1
    controlled = {"header": {**header, "msg_id": 0x0500}, "body": {"seq": 4, "location": place}}
    assert len(fixes(translate(RAW, "jt808/x/up", controlled))) == 1
    heartbeat = {"header": {**header, "msg_id": 2}, "body": {}}
    assert translate(RAW, "jt808/x/up", heartbeat) == []


def test_items_by_number_are_the_protocols() -> None:
    java = {"msgId": 512, "phone": "1", "warnBit": 0, "statusBit": 3, "latitude": 24900000,
            "longitude": 118600000, "deviceTime": "2026-11-18 17:06:40",
            "attributes": {"01": 1234, "0x02": 455, "49": 12, "200": "ff"}}  # fmt: skip
    read = values(translate(RAW, "jt808/up", java))
    assert (read["mileage_km"], read["fuel_l"], read["satellites"], read["item_c8"]) == (
        123.4,
        45.5,
        12,
        "ff",
    )
    net = {"MsgId": 512, "phone": "1", "Bodies": {
        "AlarmFlag": 0, "StatusFlag": 3, "Lat": 24900000, "Lng": 118600000, "GPSTime": "2026-11-18T17:06:40",
        "BasicLocationAttachData": {"1": {"AttachInfoId": 1, "AttachInfoLength": 4, "Mileage": 1234}},
    }}  # fmt: skip
    assert values(translate(RAW, "jt808/up", net))["mileage_km"] == 123.4


def test_unknown_fields_are_kept_and_the_envelope_is_not() -> None:
    message = {
        "msgId": 512,
        "phone": "1",
        "serialNo": 7,
        "lat": 1,
        "lng": 2,
        "time": BCD,
        "driver": "Li",
        "temp": 4,
    }
    assert values(translate(PLAIN, "jt808/up", message)) == {"driver": "Li", "temp": 4}


def test_below_sea_level_is_twos_complement() -> None:
    (fix,) = fixes(translate(PLAIN, "jt808/up", report(body(altitude=-7))))
    assert fix.altitude_m == -7


def test_an_optional_field_out_of_range_is_left_out_and_named() -> None:
    (fix,) = fixes(
        translate(PLAIN, "jt808/up", report(body(speed=0xFFFF, direction=0xFFFF, altitude=0x7FFF)))
    )
    assert isinstance(fix, PartialPosition)
    assert (fix.speed_mps, fix.heading_deg, fix.altitude_m) == (None, None, None)
    assert set(fix.left_out) == {"speed_mps", "heading_deg", "altitude_m"}


def test_one_bad_report_of_a_batch_is_refused_alone() -> None:
    good, bad = body(), body(time="ffffffffffff")
    listed = {
        "msgId": "0x0704",
        "phone": "1",
        "items": [good.hex(), bad.hex(), {"lat": 1}, good.hex(), "xyz"],
    }
    translated = translate(PLAIN, "jt808/up", listed)
    assert len(fixes(translated)) == 2
    assert [each.item for each in refusals(translated)] == ["items[1]", "items[2]", "items[4]"]
    assert bad.hex().encode() in refusals(translated)[0].payload

    def binary(*reports: bytes, count: int) -> dict[str, Any]:
        data = count.to_bytes(2) + b"\0" + b"".join(len(each).to_bytes(2) + each for each in reports)
        return {"msgId": "0x0704", "phone": "1", "body": data.hex()}

    translated = translate(PLAIN, "jt808/up", binary(good, bad, good, count=3))
    assert (len(fixes(translated)), len(refusals(translated))) == (2, 1)
    cut = binary(good, good, count=3)
    cut["body"] += "001c00"
    translated = translate(PLAIN, "jt808/up", cut)
    assert (len(fixes(translated)), len(refusals(translated))) == (2, 1)
    assert "states 3 reports and holds 2" in str(refusals(translated)[0].error)
    with pytest.raises(PayloadError, match="no time"):
        translate(PLAIN, "jt808/up", {"msgId": "0704", "phone": "1", "items": [{"lat": 1, "lng": 1}]})


def test_an_alarm_outlives_a_place_that_makes_no_sense() -> None:
    translated = translate(PLAIN, "jt808/up", report(body(alarm=1, lat=0xFFFFFFFF)))
    assert fixes(translated) == []
    assert values(translated)["alarms"] == "sos"
    assert "beyond 90 degrees" in str(refusals(translated)[0].error)


def test_words_of_unknown_form_lose_what_depends_on_them_alone() -> None:
    place = {"msgId": 512, "phone": "1", "lat": 1, "lng": 2, "time": BCD}
    translated = translate(PLAIN, "jt808/up", {**place, "alarm": {"sos": True}, "status": 3})
    assert len(fixes(translated)) == 1
    assert values(translated) == {"alarm.sos": True, "left_out": "alarm_bits", "status_bits": 3}
    translated = translate(PLAIN, "jt808/up", {**place, "alarm": 1, "status": "12345678"})
    assert (fixes(translated), len(refusals(translated))) == ([], 1)
    assert values(translated) == {"alarm_bits": 1, "alarms": "sos", "status": "12345678"}


def test_alarms_are_named_and_end() -> None:
    assert (
        values(translate(PLAIN, "jt808/up", report(body(alarm=0b11 | 1 << 29))))["alarms"]
        == "sos, overspeed, collision"
    )
    assert values(translate(PLAIN, "jt808/up", report(body())))["alarms"] == "none"


@pytest.mark.parametrize(
    ("item", "read"),
    [
        ("0104000004d2", {"mileage_km": 123.4}),
        ("020201c7", {"fuel_l": 45.5}),
        ("0302015e", {"tachograph_speed_kmh": 35.0}),
        ("04020009", {"alarm_event_id": 9}),
        ("0602fffb", {"carriage_temperature_c": -5}),
        ("110100", {"overspeed_area_kind": 0}),
        ("11050100000007", {"overspeed_area_kind": 1, "overspeed_area_id": 7}),
        ("1206010000000701", {"area_kind": 1, "area_id": 7, "area_left": True}),
        (
            "130700000007003c01",
            {"route_segment_id": 7, "route_segment_s": 60, "route_segment_too_long": True},
        ),
        ("140400000002", {"video_alarm_bits": 2}),
        ("150400000001", {"video_loss_channels": 1}),
        ("160400000001", {"video_covered_channels": 1}),
        ("17020001", {"storage_fault_bits": 1}),
        ("1803000164", {"abnormal_driving_bits": 1, "fatigue_degree": 100}),
        ("250400000010", {"signal_bits": 16}),
        ("2a020001", {"io_bits": 1}),
        ("2b0400020001", {"analog_0": 1, "analog_1": 2}),
        ("30011f", {"signal_strength": 31}),
        ("31010c", {"satellites": 12}),
        ("56020a64", {"battery_percent": 100}),
        ("56020700", {"battery_percent": 70}),
        ("610204d2", {"power_v": 12.34}),
        ("d40141", {"battery_percent": 65}),
        ("d5020177", {"battery_v": 3.75}),
        ("0503aabbcc", {"item_05": "aabbcc"}),
        ("0102ffff", {"item_01": "ffff"}),  # not as long as it should be
        ("31010c0104000004", {"satellites": 12, "left_out": "item 0x01, which is cut"}),
        ("31010c01", {"satellites": 12}),
        ("31010c0000000078", {"satellites": 12, "trailing_bytes": "0000000078"}),
    ],
)
def test_additional_items(item: str, read: dict[str, Any]) -> None:
    found = values(translate(PLAIN, "jt808/up", report(body(items=bytes.fromhex(item)))))
    assert {
        name: found[name] for name in found if not name.startswith(("alarm_bits", "alarms", "status"))
    } == read


def frame(message: int, data: bytes, *, newer: bool = False, attributes: int = 0) -> bytes:
    head = struct.pack(">HH", message, len(data) | attributes | (1 << 14 if newer else 0))
    head += b"\x01" + bytes.fromhex("0" * 9 + "13912345678") if newer else bytes.fromhex("013912345678")
    inner = head + b"\x00\x07" + data
    inner += bytes([reduce(xor, inner)])
    return b"\x7e" + inner.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02") + b"\x7e"


def test_whole_frames_of_both_versions_are_read() -> None:
    data = body(items=bytes.fromhex("01047d7e7d7e"))
    for payload, terminal in (
        (frame(0x0200, data), "013912345678"),
        (frame(0x0200, data, newer=True), "00000000013912345678"[:9] + "13912345678"),
        (b'"' + frame(0x0200, data).hex().encode() + b'"', "013912345678"),
        (frame(0x0200, data).hex(" ").upper().encode(), "013912345678"),
        (frame(0x0201, b"\x00\x09" + data), "013912345678"),
    ):
        translated = translate(PLAIN, "jt808/up", payload)
        assert translated[0][0] is not None
        assert translated[0][0].id == terminal
        assert values(translated)["mileage_km"] == pytest.approx(0x7D7E7D7E / 10)
    assert translate(PLAIN, "jt808/up", frame(0x0002, b"")) == []
    good = frame(0x0200, data)
    for bad, says in (
        (good[:-9] + b"\x7e", "cut or its checksum"),
        (good[:-1], "begins and ends"),
        (b"7e0200 and more", "not hexadecimal"),
        (frame(0x0200, data, attributes=1 << 10), "encrypted"),
        (frame(0x0704, b"\0\0\0\0" + data, attributes=1 << 13), "split"),
    ):
        with pytest.raises(PayloadError, match=says):
            translate(PLAIN, "jt808/up", bad)


def test_message_ids_are_read_by_a_rule_or_refused() -> None:
    place = {"phone": "1", "lat": 1, "lng": 2, "time": BCD}
    for good in (512, 512.0, "0x0200", "0X200", "0200", " 0200 "):
        assert len(fixes(translate(PLAIN, "jt808/up", {"msgId": good, **place}))) == 1
    for bad in ("512", "2", "1796", "1280", 200, 704, "", None, True, "batch"):
        with pytest.raises(PayloadError, match="id"):
            translate(PLAIN, "jt808/up", {"msgId": bad, **place})
    assert translate(PLAIN, "jt808/up", {"msgId": "0002", **place}) == []
    decimal = adapter(reads="jt808", topics=["jt808/#"], message_ids="decimal")
    assert len(fixes(translate(decimal, "jt808/up", {"msgId": "512", **place}))) == 1
    hexadecimal = adapter(reads="jt808", topics=["jt808/#"], message_ids="hexadecimal")
    assert len(fixes(translate(hexadecimal, "jt808/up", {"msgId": "200", **place}))) == 1


def test_status_and_alarm_words_may_be_text() -> None:
    for word in ("3", "0x3", "00000003", "0" * 30 + "11", 3.0):
        (fix,) = fixes(
            translate(
                PLAIN,
                "jt808/up",
                {"msgId": 512, "phone": "1", "status": word, "lat": 1, "lng": 2, "time": BCD},
            )
        )
        assert fix.ignition is True


def test_a_terminals_number_keeps_its_digits() -> None:
    place = {"msgId": 512, "lat": 1, "lng": 2, "time": BCD}
    reader = adapter(reads="jt808", topics=["jt808/#"], id_digits=12)
    for number, made in ((13900000000, "013900000000"), ("013900000000", "013900000000"), ("car-7", "car-7")):
        where, _ = translate(reader, "jt808/up", {"phone": number, **place})[0]
        assert where is not None
        assert where.id == made
    with pytest.raises(PayloadError, match="lost digits"):
        translate(reader, "jt808/up", {"phone": 1.3900000000000001e19, **place})


def test_own_names_may_be_paths_and_must_be_known() -> None:
    reader = adapter(
        reads="jt808", topics=["jt808/#"],
        fields={"message": "meta.kind", "terminal": "meta.no", "body": "payload", "lat": "gps.y",
                "lon": "gps.x"},
    )  # fmt: skip
    translated = translate(
        reader,
        "jt808/up",
        {"meta": {"kind": "0x0200", "no": "7"}, "payload": {"gps": {"y": 1, "x": 2}, "time": BCD}},
    )
    assert fixes(translated)[0].lat == 1
    with pytest.raises(ValueError, match="equipNo"):
        adapter(reads="jt808", topics=["jt808/#"], fields={"equipNo": "terminal"})


def test_degrees_told_as_millionths_are_refused_with_the_remedy() -> None:
    with pytest.raises(PayloadError, match="unit"):
        translate(PLAIN, "jt808/up", {"msgId": 512, "phone": "1", "lat": 24900000, "lng": 1, "time": BCD})
