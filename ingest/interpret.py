"""From received bytes to checked messages: decode, validate, refuse. Pure; the clock is passed in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from ingest.adapters.adapter import Told
from ingest.adapters.table import read
from ingest.authority import Authority
from ingest.batch import Batch, Item, Refusal
from ingest.errors import BadMessageError, Reason, defect
from ingest.fixes import Fixes, columns, joined
from ingest.inbox import Arrival
from ingest.packets import Delivery, Malformed, Oversized
from ingest.pictures import NotAPictureError, check_media
from ingest.routes import Route, Routes
from ingest.settings import Limits
from ingest.times import DAY_S, is_ahead, wrong_time
from wire.codec import decode
from wire.errors import PayloadError
from wire.messages import Evidence, Frame, Incident, Message, Position, Status, Telemetry, as_epoch
from wire.topics import Kind

_JPEG: Final = "image/jpeg"
_PORTION_BYTES: Final = 131_072
"""Of payloads that are read without a pause: a millisecond's work."""


def interpret(arrival: Arrival, routes: Routes, *, now: float, limits: Limits) -> Batch:
    """Decode and check messages.

    Args:
        arrival: what came.
        routes: the topics known so far; new ones are added.
        now: epoch seconds.
        limits: which times are too wrong to store.

    Returns:
        Every message in exactly one of the batch's parts, or in several rows of one part.
    """
    reading = Reading(arrival, routes, now=now, limits=limits)
    for _ in reading.portions():
        pass
    return reading.batch()


class Reading:
    """Does what `interpret` does in portions, between which commits under way can go on."""

    def __init__(self, arrival: Arrival, routes: Routes, *, now: float, limits: Limits) -> None:
        self._routes = routes
        self._now = now
        self._limits = limits
        self._batch = Batch(
            arrival=arrival,
            received_at=datetime.fromtimestamp(arrival.received_at, UTC),
            routes=[],
            fixes=columns([], [], []),
        )
        self._fixes: list[Fixes] = [self._batch.fixes]  # of each portion, beginning with none

    def portions(self) -> Iterator[None]:
        """Decode and check all messages; pauses after each portion."""
        deliveries = self._batch.arrival.deliveries
        size = sum(len(payload) for _, payload, _ in deliveries)
        share = 1 + len(deliveries) * _PORTION_BYTES // (size + 1)
        for start in range(0, len(deliveries), share):
            self._read(deliveries[start : start + share], start)
            yield

    def batch(self) -> Batch:
        """All of it, once it is read."""
        self._batch.fixes = joined(self._fixes)
        _refuse_times(self._batch, now=self._now, limits=self._limits)
        return self._batch

    def _read(self, deliveries: Sequence[Delivery], first: int) -> None:  # noqa: C901, PLR0912 one hot loop
        batch, routes, now, limits = self._batch, self._routes, self._now, self._limits
        fixes: list[Position] = []
        owners: list[int] = []  # for each message with fixes, its place in the batch,
        speakers: list[int] = []  # whom they are about
        counts: list[int] = []  # and how many they are
        known = routes.known
        for ordinal, (topic, payload, _) in enumerate(deliveries, first):
            route = None
            try:
                if type(payload) is not bytes:
                    _refuse_special(payload)
                route = known.get(topic)
                if route is None:
                    adapter = routes.foreign.find(topic)
                    if adapter is not None:
                        told = _adopt(read(adapter, topic, payload), routes, now=now, limits=limits)
                        for about, fix in _sort_foreign(batch, ordinal, told, now=now, limits=limits):
                            fixes.append(fix)
                            owners.append(ordinal)
                            speakers.append(about)
                            counts.append(1)
                        batch.routes.append(told[0][0] if told else None)
                        continue
                    route = routes.learn(topic)
                message: Any = decode(route.stream, payload)
                if type(message) is Position:
                    if message.id is not None and message.id != route.speaker.id:
                        _refuse_identity(message.id, route)
                    fixes.append(message)
                    owners.append(ordinal)
                    speakers.append(route.speaker.index)
                    counts.append(1)
                elif type(message) is list and type(message[0]) is Position:
                    for fix in message:
                        if fix.id is not None and fix.id != route.speaker.id:
                            _refuse_identity(fix.id, route)
                    fixes += message
                    owners.append(ordinal)
                    speakers.append(route.speaker.index)
                    counts.append(len(message))
                else:
                    _sort(batch, ordinal, route, message, routes.authority, now=now, limits=limits)
            except (BadMessageError, PayloadError) as error:
                _refuse(batch, ordinal, error)
            except Exception as error:  # noqa: BLE001 whatever a peer sends, the next message must be served
                _refuse(batch, ordinal, defect(error))
            batch.routes.append(route)
        self._fixes.append(columns(fixes, owners, speakers, counts))


def _sort(  # noqa: C901, PLR0912 one branch a kind of message
    batch: Batch,
    ordinal: int,
    route: Route,
    message: Any,
    authority: Authority | None,
    *,
    now: float,
    limits: Limits,
) -> None:
    """Check one message that is not a position, and put it where it belongs.

    Without an authority it is what an adapter tells, whose table says who may say what.
    """
    if isinstance(message, list | Telemetry):
        samples = message if isinstance(message, list) else [message]
        items = []
        for sample in samples:
            if sample.id is not None and sample.id != route.speaker.id:
                _refuse_identity(sample.id, route)
            ahead = is_ahead((sample.time,), now=now, limits=limits, oldest_days=limits.oldest_days)
            items.append(Item(ordinal=ordinal, route=route, message=sample, ahead=ahead))
        batch.telemetry += items
    elif isinstance(message, Status):
        ahead = is_ahead((message.time,), now=now, limits=limits)
        if authority is not None and message.detail:
            message = authority.own_status(route.topic, message)
        batch.statuses.append(Item(ordinal=ordinal, route=route, message=message, ahead=ahead))
    elif isinstance(message, Frame):
        if is_ahead((message.time,), now=now, limits=limits):  # only the newest still is kept of all
            raise wrong_time(as_epoch(message.time), now)
        if route.speaker.kind is not Kind.CAMERA:
            if message.camera is None:
                raise BadMessageError(
                    Reason.IDENTITY, "a frame that is not a camera's own must name its camera"
                )
        elif message.camera not in {None, route.speaker.id}:
            _refuse_identity(message.camera or "", route)
        if authority is not None:
            authority.check_frame(route.topic, message)
        _check_media(message.jpeg, _JPEG)
        batch.stills.append(Item(ordinal=ordinal, route=route, message=message))
    elif isinstance(message, Incident):
        moments = (message.observed_at, message.began_at, *(each.taken_at for each in message.pictures))
        ahead = is_ahead(moments, now=now, limits=limits)
        if authority is not None:
            authority.check_incident(route.topic, message)
        for picture in message.pictures:
            _check_media(picture.jpeg, _JPEG)
        batch.incidents.append(Item(ordinal=ordinal, route=route, message=message, ahead=ahead))
    elif isinstance(message, Evidence):
        ahead = is_ahead((message.taken_at,), now=now, limits=limits)
        if hashlib.sha256(message.data).hexdigest() != message.digest:
            raise BadMessageError(Reason.IDENTITY, "the digest is not the data's SHA-256")
        if authority is not None:
            authority.check_evidence(route.topic, message)
        _check_media(message.data, message.media_type)
        batch.incidents.append(Item(ordinal=ordinal, route=route, message=message, ahead=ahead))
    else:
        raise BadMessageError(Reason.TOPIC, f"the centre takes no {route.stream}")


def _sort_foreign(
    batch: Batch, ordinal: int, told: list[tuple[Route, Message]], *, now: float, limits: Limits
) -> list[tuple[int, Position]]:
    """Put what a foreign message says where it belongs; its fixes are returned, with whom they are about."""
    fixes = []
    for route, message in told:
        if isinstance(message, Position):
            fixes.append((route.speaker.index, message))
        else:
            _sort(batch, ordinal, route, message, None, now=now, limits=limits)
    if not told:
        batch.ignored.append(ordinal)
    return fixes


def _adopt(told: Told, routes: Routes, *, now: float, limits: Limits) -> list[tuple[Route, Message]]:
    """Routes for what a foreign message says; its times are checked before any part of it is taken."""
    for _, message in told:
        if isinstance(message, Incident):
            is_ahead((message.observed_at, message.began_at), now=now, limits=limits)
        else:
            is_ahead((message.time,), now=now, limits=limits, oldest_days=limits.oldest_days)
    return [(routes.adopt(where), message) for where, message in told]


def _refuse_times(batch: Batch, *, now: float, limits: Limits) -> None:
    """Refuse position messages with a fix too far ahead or behind; the whole message, as the codec does."""
    ahead = batch.fixes.time_us > (now + limits.far_future_s) * 1e6
    behind = batch.fixes.time_us < (now - limits.oldest_days * DAY_S) * 1e6
    wrong = ahead | behind
    if not wrong.any():
        return
    refused, rows = np.unique(batch.fixes.message[wrong], return_index=True)
    moments = batch.fixes.time_us[wrong][rows] / 1e6
    for ordinal, moment in zip(refused, moments, strict=True):
        _refuse(batch, int(ordinal), wrong_time(float(moment), now))
    batch.fixes = batch.fixes.rows(~np.isin(batch.fixes.message, refused))


def _refuse(batch: Batch, ordinal: int, error: BadMessageError | PayloadError) -> None:
    topic, payload, _ = batch.arrival.deliveries[ordinal]
    if isinstance(error, PayloadError):
        error = BadMessageError(Reason.PAYLOAD, str(error))
    batch.refusals.append(Refusal(ordinal=ordinal, topic=topic, payload=payload, error=error))


def _check_media(data: bytes, media_type: str) -> None:
    try:
        check_media(data, media_type)
    except NotAPictureError as error:
        raise BadMessageError(Reason.PAYLOAD, str(error)) from None


def _refuse_special(payload: bytes) -> None:
    if isinstance(payload, Oversized):
        raise BadMessageError(
            Reason.SIZE, f"a payload of {payload.size} bytes is larger than any message may be"
        )
    if isinstance(payload, Malformed):
        raise BadMessageError(Reason.PACKET, "the PUBLISH packet makes no sense inside")


def _refuse_identity(named: str, route: Route) -> None:
    raise BadMessageError(
        Reason.IDENTITY, f"the payload names {named!r} and the topic {route.speaker.kind}/{route.speaker.id}"
    )
