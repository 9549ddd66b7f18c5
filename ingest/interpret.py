"""From received bytes to checked messages: decode, validate, refuse. Pure; the clock is passed in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import numpy as np

from ingest.adapters.adapter import Translated
from ingest.adapters.table import read
from ingest.authority import Authority
from ingest.batch import Batch, Item
from ingest.errors import BadMessageError, Reason, defect
from ingest.fixes import Fixes, columns, joined
from ingest.inbox import Arrival
from ingest.packets import Delivery, Malformed, Oversized, Retained
from ingest.pictures import NotMediaError, check_media
from ingest.routes import Route, Routes
from ingest.settings import Limits
from ingest.times import DAY_S, is_ahead, wrong_time
from store.quality import Quality
from wire.codec import decode, encode
from wire.errors import PayloadError
from wire.messages import Evidence, Frame, Incident, Position, Status, Telemetry, Time, as_epoch
from wire.partial import KEPT_IN_PART, PartialPosition, RefusedItem, keep
from wire.topics import Kind

_JPEG: Final = "image/jpeg"
_PORTION_BYTES: Final = 131_072
"""Bytes of payloads that are read without a pause: about a millisecond's work."""


def interpret(arrival: Arrival, routes: Routes, *, now: float, limits: Limits) -> Batch:
    """Decode and check messages.

    Args:
        arrival: the received messages.
        routes: the topics known so far; new ones are added.
        now: epoch seconds.
        limits: thresholds of wrong times.

    Returns:
        Each message in one part of the batch; its items may be several rows there.
    """
    reader = BatchReader(arrival, routes, now=now, limits=limits)
    for _ in reader.portions():
        pass
    return reader.batch()


class BatchReader:
    """Does the work of `interpret` in portions; commits can proceed between two portions."""

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
        self._fixes: list[Fixes] = [self._batch.fixes]  # index of the message at which each portion begins

    def portions(self) -> Iterator[None]:
        """Decode and check all messages; pauses after each portion."""
        deliveries = self._batch.arrival.deliveries
        size = sum(len(payload) for _, payload, _ in deliveries)
        share = 1 + len(deliveries) * _PORTION_BYTES // (size + 1)
        for start in range(0, len(deliveries), share):
            self._read(deliveries[start : start + share], start)
            yield

    def batch(self) -> Batch:
        """The whole batch, after all portions are read."""
        batch = self._batch
        batch.fixes = joined(self._fixes)
        _refuse_times(batch, now=self._now, limits=self._limits)
        if batch.retained:
            batch.fixes.flags[np.isin(batch.fixes.message, batch.retained)] |= int(Quality.RETAINED)
        return batch

    def _read(self, deliveries: Sequence[Delivery], first: int) -> None:  # noqa: C901, PLR0912, PLR0915 one hot loop
        batch, routes = self._batch, self._routes
        received_at = batch.arrival.received_at
        fixes: list[Position] = []
        owners: list[int] = []  # for each message with fixes: its index in the batch,
        senders: list[int] = []  # its sender
        counts: list[int] = []  # and its number of fixes
        known = routes.known
        partial = False
        for ordinal, (topic, payload, _) in enumerate(deliveries, first):
            route = None
            try:
                if type(payload) is not bytes:
                    _check_special(batch, ordinal, payload)
                route = known.get(topic)
                if route is None:
                    adapter = routes.foreign.find(topic)
                    if adapter is not None:
                        translated = read(adapter, topic, payload, received_at=received_at) if payload else []
                        about, foreign = self._adopt(ordinal, translated)
                        for sender, fix in foreign:
                            fixes.append(fix)
                            owners.append(ordinal)
                            senders.append(sender)
                            counts.append(1)
                        partial |= bool(foreign)
                        batch.routes.append(about)
                        continue
                    route = routes.learn(topic)
                message: Any = decode(route.stream, payload)
                if type(message) is Position:
                    if message.id is not None and message.id != route.sender.id:
                        _refuse_identity(message.id, route)
                    fixes.append(message)
                    owners.append(ordinal)
                    senders.append(route.sender.index)
                    counts.append(1)
                elif type(message) is list and type(message[0]) is Position:
                    for fix in message:
                        if fix.id is not None and fix.id != route.sender.id:
                            _refuse_identity(fix.id, route)
                    fixes += message
                    owners.append(ordinal)
                    senders.append(route.sender.index)
                    counts.append(len(message))
                else:
                    self._sort(ordinal, route, message, routes.authority)
            except (BadMessageError, PayloadError) as error:
                kept = self._keep(ordinal, route, payload, error)
                if kept:
                    assert route is not None
                    fixes += kept
                    owners.append(ordinal)
                    senders.append(route.sender.index)
                    counts.append(len(kept))
                    partial = True
            except Exception as error:  # noqa: BLE001 whatever a peer sends, the next message must be served
                batch.note_refusal(ordinal, defect(error))
            batch.routes.append(route)
        found = columns(fixes, owners, senders, counts)
        if partial:
            _mark_incomplete(batch, found, fixes)
        self._fixes.append(found)

    def _keep(
        self, ordinal: int, route: Route | None, payload: bytes, error: BadMessageError | PayloadError
    ) -> list[Position]:
        """Keep the valid items of a message of ours that breaks a rule; returns its fixes."""
        batch = self._batch
        if not payload:  # an empty payload clears a retained message
            batch.ignored.append(ordinal)
            return []
        if isinstance(error, PayloadError):
            error = BadMessageError(Reason.PAYLOAD, str(error))
        if route is None or route.stream not in KEPT_IN_PART or isinstance(payload, Oversized | Malformed):
            batch.note_refusal(ordinal, error)
            return []
        try:
            kept = keep(route.stream, payload)
        except PayloadError:
            batch.note_refusal(ordinal, error)
            return []
        good: list[Position] = []
        refused = list(kept.refused)
        for where, message in kept.items:
            try:
                if isinstance(message, Position):
                    if message.id is not None and message.id != route.sender.id:
                        _refuse_identity(message.id, route)
                    self._is_ahead(message.time)
                    good.append(message)
                else:
                    self._sort(ordinal, route, message, self._routes.authority)
            except BadMessageError as wrong:
                refused.append(RefusedItem(item=where, payload=encode(message), error=wrong))
        if len(refused) == len(kept.items) + len(kept.refused):  # no item was kept
            batch.note_refusal(ordinal, error)
            return []
        batch.refuse_items(ordinal, refused)
        return good

    def _adopt(self, ordinal: int, translated: Translated) -> tuple[Route | None, list[tuple[int, Position]]]:
        """Add the translated items of a foreign message to the batch.

        An item that breaks a rule is refused alone. A foreign status that is old or retained is ignored.

        Returns:
            The route and the fixes of one sender.

        Raises:
            BadMessageError: no item of it obeys the rules.
        """
        batch = self._batch
        fixes: list[tuple[int, Position]] = []
        refused: dict[str, RefusedItem] = {}  # one row for each fault: the parts of a record may share one
        about: Route | None = None
        taken = 0
        for where, message in translated:
            if isinstance(message, RefusedItem):
                refused[f"{message.item} {message.error}"] = message
                continue
            assert where is not None
            try:
                route = self._routes.adopt(where)
                if isinstance(message, Position):
                    self._is_ahead(message.time)
                    fixes.append((route.sender.index, message))
                elif not (isinstance(message, Status) and self._says_nothing_of_now(ordinal, message)):
                    self._sort(ordinal, route, message, None)
                else:
                    continue
            except BadMessageError as error:
                item = RefusedItem(item=str(where.stream), payload=encode(message), error=error)
                refused.setdefault(str(error), item)
            else:
                taken += 1
                about = about or route
        if refused and not taken:
            first = next(iter(refused.values())).error
            raise first if isinstance(first, BadMessageError) else BadMessageError(Reason.PAYLOAD, str(first))
        batch.refuse_items(ordinal, list(refused.values()))
        if not taken:
            batch.ignored.append(ordinal)
        return about, fixes

    def _says_nothing_of_now(self, ordinal: int, status: Status) -> bool:
        """Whether a foreign "online" is too old to be true now; "offline" always counts."""
        retained = ordinal in self._batch.retained[-1:]
        return status.online and (retained or as_epoch(status.time) < self._now - self._limits.old_s)

    def _is_ahead(self, *moments: Time, oldest: bool = True) -> bool:
        oldest_days = self._limits.oldest_days if oldest else None
        return is_ahead(moments, now=self._now, limits=self._limits, oldest_days=oldest_days)

    def _sort(  # noqa: C901, PLR0912 one branch a kind of message
        self, ordinal: int, route: Route, message: Any, authority: Authority | None
    ) -> None:
        """Check one message that is not a position, and add it to its part of the batch.

        Without `authority` the message comes from an adapter, whose table grants the rights.
        """
        batch = self._batch
        retained = ordinal in batch.retained[-1:]
        if isinstance(message, list | Telemetry):
            samples = message if isinstance(message, list) else [message]
            items = []
            for sample in samples:
                if sample.id is not None and sample.id != route.sender.id:
                    _refuse_identity(sample.id, route)
                ahead = self._is_ahead(sample.time)
                items.append(
                    Item(ordinal=ordinal, route=route, message=sample, ahead=ahead, retained=retained)
                )
            batch.telemetry += items
        elif isinstance(message, Status):
            ahead = self._is_ahead(message.time, oldest=False)
            if authority is not None and message.detail:
                message = authority.own_status(route.topic, message)
            batch.statuses.append(
                Item(ordinal=ordinal, route=route, message=message, ahead=ahead, retained=retained)
            )
        elif isinstance(message, Frame):
            if self._is_ahead(message.time, oldest=False):  # only the newest still of all is stored
                raise wrong_time(as_epoch(message.time), self._now)
            if route.sender.kind is not Kind.CAMERA:
                if message.camera is None:
                    raise BadMessageError(Reason.IDENTITY, "a frame from a box must name its camera")
            elif message.camera not in {None, route.sender.id}:
                _refuse_identity(message.camera or "", route)
            if authority is not None:
                authority.check_frame(route.topic, message)
            _check_media(message.jpeg, _JPEG)
            batch.stills.append(Item(ordinal=ordinal, route=route, message=message, retained=retained))
        elif isinstance(message, Incident):
            moments = (message.observed_at, message.began_at, *(each.taken_at for each in message.pictures))
            ahead = self._is_ahead(*moments, oldest=False)
            if authority is not None:
                authority.check_incident(route.topic, message)
            for picture in message.pictures:
                _check_media(picture.jpeg, _JPEG)
            batch.incidents.append(Item(ordinal=ordinal, route=route, message=message, ahead=ahead))
        elif isinstance(message, Evidence):
            ahead = self._is_ahead(message.taken_at, oldest=False)
            if hashlib.sha256(message.data).hexdigest() != message.digest:
                raise BadMessageError(Reason.IDENTITY, "the digest is not the data's SHA-256")
            if authority is not None:
                authority.check_evidence(route.topic, message)
            _check_media(message.data, message.media_type)
            batch.incidents.append(Item(ordinal=ordinal, route=route, message=message, ahead=ahead))
        else:
            raise BadMessageError(Reason.TOPIC, f"ingest does not take {route.stream} messages")


def _mark_incomplete(batch: Batch, found: Fixes, fixes: Sequence[Position]) -> None:
    """Flag fixes without an optional field that was out of range, and count the fields."""
    for row, fix in enumerate(fixes):
        if isinstance(fix, PartialPosition):
            found.flags[row] |= int(Quality.INCOMPLETE)
            batch.left_out.update(fix.left_out)


def _refuse_times(batch: Batch, *, now: float, limits: Limits) -> None:
    """Refuse fixes too far ahead or behind; a message is refused whole if all of its fixes are."""
    ahead = batch.fixes.time_us > (now + limits.far_future_s) * 1e6
    behind = batch.fixes.time_us < (now - limits.oldest_days * DAY_S) * 1e6
    wrong = ahead | behind
    if not wrong.any():
        return
    fixes, batch.fixes = batch.fixes, batch.fixes.rows(~wrong)
    stored = frozenset(batch.fixes.message.tolist())
    late = np.unique(fixes.message[wrong])
    starts = np.searchsorted(fixes.message, late)  # the rows of a message are contiguous, in order
    for ordinal, start in zip(late.tolist(), starts.tolist(), strict=True):
        if ordinal not in stored:
            batch.note_refusal(ordinal, wrong_time(float(fixes.time_us[start]) / 1e6, now))
            continue
        payloads = _items_of(batch.arrival.deliveries[ordinal][1])
        if not payloads:
            batch.refuse(ordinal, wrong_time(float(fixes.time_us[start]) / 1e6, now))
            continue
        batch.refuse_items(
            ordinal,
            [
                RefusedItem(
                    item=f"[{place}]",
                    payload=payload,
                    error=wrong_time(float(fixes.time_us[start + place]) / 1e6, now),
                )
                for place, payload in enumerate(payloads)
                if wrong[start + place]
            ],
        )


def _items_of(payload: bytes) -> list[bytes]:
    """The items of an array; none if the payload is not an array."""
    try:
        return [bytes(item) for item in msgspec.json.decode(payload, type=list[msgspec.Raw])]
    except msgspec.MsgspecError:
        return []


def _check_media(data: bytes, media_type: str) -> None:
    try:
        check_media(data, media_type)
    except NotMediaError as error:
        raise BadMessageError(Reason.PAYLOAD, str(error)) from None


def _check_special(batch: Batch, ordinal: int, payload: bytes) -> None:
    """Note a retained message; raise for an oversized or malformed one."""
    if isinstance(payload, Retained):
        batch.retained.append(ordinal)
    if isinstance(payload, Oversized):
        raise BadMessageError(
            Reason.SIZE, f"a payload of {payload.size} bytes is larger than any valid message"
        )
    if isinstance(payload, Malformed):
        raise BadMessageError(Reason.PACKET, "the PUBLISH packet is malformed")


def _refuse_identity(named: str, route: Route) -> None:
    raise BadMessageError(
        Reason.IDENTITY, f"the payload names {named!r} and the topic {route.sender.kind}/{route.sender.id}"
    )
