"""Names that JT/T 808 gateways give to the fields of their JSON.

Collected from the public gateways of EMQX, SmallChi (.NET), yezhihao (Java) and fakeyanss (Go).
"""

from __future__ import annotations

from functools import cache
from typing import Final

TENTH: Final = 0.1
MAX_ITEMS: Final = 256
"""Additional items of a report, by their number (one byte)."""

SPELLINGS: Final[dict[str, tuple[str, ...]]] = {
    "message": ("msgId", "messageId", "msg_id", "MsgId", "msgID", "MessageId", "id"),
    "terminal": (
        "phone", "terminalId", "terminalPhoneNo", "TerminalPhoneNo", "terminalPhone", "terminal_phone",
        "simNo", "sim", "mobileNo", "mobile", "clientId",
    ),
    "header": ("header", "Header", "head", "msgHeader"),
    "body": ("body", "data", "Bodies", "content", "Body", "msgBody"),
    "items": ("items", "positions", "locations", "Positions", "location"),
    "answer": ("params", "location"),
    "extra": ("extra", "attributes", "extras", "BasicLocationAttachData", "JT808LocationAttachData"),
    "alarm": ("alarm", "warnBit", "alarmFlag", "AlarmFlag", "warningMark", "warningFlag", "alarmSign"),
    "status": ("status", "statusBit", "statusFlag", "StatusFlag", "statusSign"),
    "lat": ("lat", "latitude", "Lat", "Latitude"),
    "lon": ("lon", "lng", "longitude", "Lng", "Longitude"),
    "altitude": ("altitude", "elevation", "Altitude", "height"),
    "speed": ("speed", "Speed"),
    "direction": ("direction", "Direction", "course"),
    "time": ("time", "deviceTime", "gpsTime", "GPSTime", "dateTime", "locationTime"),
    "mileage": ("mileage", "Mileage"),
}  # fmt: skip
REPORT: Final = (
    "alarm", "status", "lat", "lon", "altitude", "speed", "direction", "time", "mileage", "extra",
)  # fmt: skip
"""The fields of a location report."""

ENVELOPE: Final = frozenset(
    {*(each for name in ("message", "terminal", "header", "body") for each in SPELLINGS[name]),
     "encrypt", "len", "msg_sn", "proto_ver", "serialNo", "seq"}
)  # fmt: skip
"""Fields about the transport of the message, which are not readings of the vehicle."""

EXTRAS: Final[dict[str, tuple[str, float]]] = {
    "mileage": ("mileage_km", TENTH),
    "fuel_meter": ("fuel_l", TENTH),
    "fuel": ("fuel_l", TENTH),
    "oil": ("fuel_l", TENTH),
    "speed": ("tachograph_speed_kmh", TENTH),
    "alarm_id": ("alarm_event_id", 1.0),
    "carriage_temp": ("carriage_temperature_c", 1.0),
    "rssi": ("signal_strength", 1.0),
    "gnss_sat_num": ("satellites", 1.0),
}
"""Additional items by the names that gateways give them: our reading, and the factor to our unit."""


@cache
def known(own: tuple[str, ...]) -> frozenset[str]:
    """All known names of a report's fields and of its envelope, those of the settings included."""
    return ENVELOPE.union(own, *(SPELLINGS[field] for field in REPORT))
