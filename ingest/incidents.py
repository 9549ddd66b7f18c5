"""Stores an incident, its evidence and its case in one transaction, and then sends a receipt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import asyncpg
import msgspec

from cases import CaseError
from ingest.adapters.conditions import ConditionReport
from ingest.authority import Authority, too_far
from ingest.batch import Item
from ingest.database import Database
from ingest.errors import BadMessageError, Reason, defect
from ingest.incident_cases import ApplyIncident, incident_row
from ingest.ledger import Fate
from ingest.open_conditions import incident_of, remember
from ingest.routes import Route
from program.errors import ProgramError
from store.connection import Connection
from store.errors import EvidenceError
from store.quality import Quality
from store.queries import load
from wire.codec import encode
from wire.messages import Digest, Evidence, Incident, Receipt, ReceiptOutcome, as_datetime
from wire.topics import Stream

log = logging.getLogger(__name__)

_LONGEST_WAIT_S: Final = 5.0


class _Identity(msgspec.Struct, frozen=True):
    """The fields of an incident or a piece of evidence that a receipt needs."""

    incident_id: UUID
    revision: int | None = None
    digest: Digest | None = None


_IDENTITY: Final = msgspec.json.Decoder(_Identity)


class EvidenceFiles(Protocol):
    """Stores files of evidence; a file is durable when `put` has returned."""

    async def put(self, data: bytes, *, media_type: str = ...) -> str:
        """Write a file and return its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The result for one incident or one piece of evidence.

    Attributes:
        fate: `STORED`, `DUPLICATE` or `IGNORED`.
        case_number: the case that it belongs to; None if there is none.
    """

    fate: Fate
    case_number: str | None


class Incidents:
    """Stores incidents and evidence.

    Args:
        database: runs the transactions.
        evidence_files: stores the files.
        apply_incident: makes the cases.
        publish: sends a receipt: topic, payload.
        authority: the largest distance of an incident from its sender.
    """

    def __init__(
        self,
        *,
        database: Database,
        evidence_files: EvidenceFiles,
        apply_incident: ApplyIncident,
        publish: Callable[[str, bytes], None],
        authority: Authority,
    ) -> None:
        self._database = database
        self._evidence_files = evidence_files
        self._apply_incident = apply_incident
        self._publish = publish
        self._authority = authority
        self._sql = load("ingest")
        self.waiting: str | None = None
        """Why storing evidence waits; None if it does not."""

    async def store(self, item: Item[Incident] | Item[Evidence], received_at: datetime) -> Fate:
        """Store one item and send its receipt; waits for database and storage as long as necessary.

        Returns:
            Its fate: `STORED`, `DUPLICATE`, or `IGNORED` if a camera repeats a known condition.

        Raises:
            BadMessageError: the database or the case rules refuse it, or another sender reported the
                incident; quarantine it, then call `refuse`.
        """
        message = item.message
        flags = int(Quality.FUTURE) if item.ahead else 0
        try:
            if isinstance(message, Incident):
                applied = await self._store_incident(item.route, message, received_at, flags)
            else:
                applied = await self._store_evidence(item.route, message, received_at, flags)
        except asyncpg.PostgresError as error:
            raise BadMessageError(Reason.STORE, f"the database refuses it: {error}") from None
        except CaseError as error:
            raise BadMessageError(Reason.STORE, str(error)) from None
        except (BadMessageError, ProgramError):
            raise
        except Exception as error:  # a defect in ingest must not stop the messages behind this one
            raise defect(error) from error
        outcome = ReceiptOutcome.STORED if applied.fate == Fate.STORED else ReceiptOutcome.DUPLICATE
        self._send(item.route, _receipt(message, outcome, case_number=applied.case_number))
        return applied.fate

    def refuse(self, route: Route, message: Incident | Evidence, error: BadMessageError) -> None:
        """Tell the sender that a message is quarantined and need not be sent again."""
        self._send(route, _receipt(message, ReceiptOutcome.REFUSED, reason=str(error)[:500]))

    def refuse_unread(self, route: Route | None, payload: bytes, error: BadMessageError) -> None:
        """Tell the sender of an incident that broke a rule, if at least its identity can be read.

        A sender beyond its quota gets no receipt, so it sends the incident again later.
        """
        if route is None or route.stream not in {Stream.INCIDENT, Stream.EVIDENCE}:
            return
        if error.reason is Reason.QUOTA:
            return
        try:
            known = _IDENTITY.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return
        self._send(
            route,
            Receipt(
                incident_id=known.incident_id,
                outcome=ReceiptOutcome.REFUSED,
                revision=known.revision,
                digest=known.digest,
                reason=str(error)[:500],
            ),
        )

    async def _store_incident(
        self, route: Route, reported: Incident, received_at: datetime, flags: int
    ) -> Applied:
        incident = reported
        digests = [await self._put(picture.jpeg, "image/jpeg") for picture in incident.pictures]

        async def work(connection: Connection) -> Applied:
            nonlocal incident
            if isinstance(reported, ConditionReport):
                found = await incident_of(connection, reported)
                if found is None:
                    return Applied(fate=Fate.IGNORED, case_number=None)
                incident = found
            await self._refuse_others(connection, route, incident.incident_id)
            sees_place = await self._refuse_far(connection, route, incident)
            new = await connection.fetchval(
                self._sql["add_incident"],
                *incident_row(
                    incident,
                    source=route.topic.user,
                    district=route.topic.district,
                    received_at=received_at,
                    flags=flags,
                ),
            )
            if not new:
                number = await connection.fetchval(self._sql["case_of_incident"], incident.incident_id)
                return Applied(fate=Fate.DUPLICATE, case_number=number)
            if isinstance(incident, ConditionReport):
                await remember(connection, incident, source=route.topic.user, received_at=received_at)
            for digest, picture in zip(digests, incident.pictures, strict=True):
                await connection.execute(
                    self._sql["add_evidence"],
                    digest,
                    incident.incident_id,
                    incident.revision,
                    str(picture.role),
                    "image/jpeg",
                    len(picture.jpeg),
                    as_datetime(picture.taken_at),
                    received_at,
                    flags,
                )
            case = await self._apply_incident(
                connection,
                incident,
                source=route.topic.user,
                district=route.topic.district,
                received_at=received_at,
                evidence_digests=digests,
                sees_place=sees_place,
            )
            return Applied(fate=Fate.STORED, case_number=case.number)

        return await self._database.transact(work)

    async def _store_evidence(
        self, route: Route, evidence: Evidence, received_at: datetime, flags: int
    ) -> Applied:
        await self._put(evidence.data, evidence.media_type)

        async def work(connection: Connection) -> Applied:
            await self._refuse_others(connection, route, evidence.incident_id)
            new = await connection.fetchval(
                self._sql["add_evidence"],
                evidence.digest,
                evidence.incident_id,
                None,
                str(evidence.role),
                evidence.media_type,
                len(evidence.data),
                as_datetime(evidence.taken_at),
                received_at,
                flags,
            )
            number = await connection.fetchval(self._sql["case_of_incident"], evidence.incident_id)
            return Applied(fate=Fate.STORED if new else Fate.DUPLICATE, case_number=number)

        return await self._database.transact(work)

    async def _refuse_others(self, connection: Connection, route: Route, incident_id: UUID) -> None:
        """Check that the incident was not reported by another sender."""
        if await connection.fetchval(self._sql["is_anothers_incident"], incident_id, route.topic.user):
            raise BadMessageError(
                Reason.IDENTITY,
                f"incident {incident_id} was reported by another account than {route.topic.user}",
            )

    async def _refuse_far(self, connection: Connection, route: Route, incident: Incident) -> bool:
        """Check the incident's place against its sender's reach; whether its component has a place."""
        if route.foreign:  # the adapter's table gives the camera's place
            return False
        row = await connection.fetchrow(
            self._sql["how_far"], incident.camera, incident.lon, incident.lat, incident.component
        )
        assert row is not None
        reach_m = self._authority.of(route.topic).reach_m
        for away_m in row:
            if away_m is not None and away_m > reach_m:
                raise too_far(route.topic, away_m, reach_m)
        return incident.camera is not None and None not in row

    async def _put(self, data: bytes, media_type: str) -> str:
        wait = 0.1
        while True:
            try:
                digest = await self._evidence_files.put(data, media_type=media_type)
            except EvidenceError as error:
                self.waiting = str(error)
                log.warning("%s; trying again", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT_S)
            else:
                self.waiting = None
                return digest

    def _send(self, route: Route, receipt: Receipt) -> None:
        if route.foreign:  # a foreign device expects no receipt
            return
        self._publish(str(route.topic.to(Stream.RECEIPT)), encode(receipt))


def _receipt(
    message: Incident | Evidence,
    outcome: ReceiptOutcome,
    *,
    case_number: str | None = None,
    reason: str | None = None,
) -> Receipt:
    return Receipt(
        incident_id=message.incident_id,
        outcome=outcome,
        revision=message.revision if isinstance(message, Incident) else None,
        digest=message.digest if isinstance(message, Evidence) else None,
        case_number=case_number,
        reason=reason,
    )
