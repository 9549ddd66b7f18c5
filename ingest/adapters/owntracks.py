"""OwnTracks, the phone app: location, transition and lwt (https://owntracks.org/booklet/tech/json/).

A location is a position, the phone's battery as telemetry, and the word that it is online; a transition is
a position and the region as telemetry; an lwt says that the phone is gone. What else the app can send
(cards, way points, commands) is ignored. Speed is in km/h there.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from ingest.adapters.adapter import KMH_MPS, Adapter, Told, heading, not_negative, read_json, readings, told
from wire.errors import PayloadError
from wire.messages import Position, Status, Telemetry
from wire.topics import Kind, Stream

_TRANSITION_DELAY_S: Final = 0.001
"""The app sends a location of the same second with each transition, and telemetry is one row a moment."""


class _Said(Struct, frozen=True, rename={"kind": "_type"}):
    kind: str | None = None
    tst: float | None = None
    lat: float | None = None
    lon: float | None = None
    acc: float | None = None
    alt: float | None = None
    vel: float | None = None
    cog: float | None = None
    batt: float | None = None
    conn: str | None = None
    event: Literal["enter", "leave"] | None = None
    desc: str | None = None


class OwnTracks(Adapter, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="owntracks"):
    """Phones with the OwnTracks app in MQTT mode, unencrypted."""

    topics: Annotated[
        tuple[str, ...], Meta(min_length=1, max_length=64, description="MQTT topic filters, with + and #.")
    ] = ("owntracks/+/+", "owntracks/+/+/event")
    kind: Annotated[Kind, Meta(description="What speaks: vehicle, person, device, camera or box.")] = (
        Kind.PERSON
    )
    id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="How its id is made of the levels of the topic: owntracks/user/device.",
        ),
    ] = "{2}-{3}"

    def read(self, topic: str, payload: bytes) -> Told:
        """Read a location, transition or lwt."""
        said = read_json(payload, _Said, "owntracks")
        if said.kind == "location":
            battery = readings({"battery_percent": not_negative(said.batt), "connection": said.conn})
            found: Told = [
                (self.where(topic, Stream.POSITION), self._position(said)),
                (self.where(topic, Stream.STATUS), told(Status, online=True, time=said.tst)),
            ]
            if battery:
                found.append(
                    (self.where(topic, Stream.TELEMETRY), told(Telemetry, time=said.tst, values=battery))
                )
            return found
        if said.kind == "transition":
            return self._transition(topic, said)
        if said.kind == "lwt":
            return [(self.where(topic, Stream.STATUS), told(Status, online=False, time=said.tst))]
        if said.kind == "encrypted":
            raise PayloadError("owntracks: encrypted; clear the secret in the app, TLS protects the way here")
        if said.kind is None:
            raise PayloadError("owntracks: the message has no _type")
        return []

    def _transition(self, topic: str, said: _Said) -> Told:
        found: Told = []
        if said.lat is not None:
            found.append((self.where(topic, Stream.POSITION), self._position(said)))
        if said.tst is None or said.event is None:
            raise PayloadError("owntracks: a transition without tst or event")
        values = readings({"region": said.desc or "", "region_event": said.event})
        moment = said.tst + _TRANSITION_DELAY_S
        found.append((self.where(topic, Stream.TELEMETRY), told(Telemetry, time=moment, values=values)))
        return found

    def _position(self, said: _Said) -> Position:
        return told(
            Position,
            time=said.tst,
            lat=said.lat,
            lon=said.lon,
            speed_mps=not_negative(said.vel, KMH_MPS),
            heading_deg=heading(said.cog),
            altitude_m=said.alt,
            accuracy_m=not_negative(said.acc),
            coord=self.datum,
        )
