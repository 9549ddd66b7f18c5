"""Takes in what another platform sends: a case with its history, its withdrawal, progress of one of ours.

Everything is done once, in the transaction that remembers the message. A platform can only act on cases that
are with its departments, or that came from it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from cases import ActionRefusedError, Actor, CaseError, CaseEvent, CasePolicy, Category, Rights, fold
from cases.workflow import Given
from casework.actions import act
from casework.by_person import About, PersonsReport, district_of, report_by_person
from casework.exchange import signing
from casework.exchange.platforms import HANDED_OVER, PROGRESS, RESULT, WITHDRAWN, actor_of
from casework.exchange.signing import SignatureError
from casework.exchange.webhooks import Webhook, scope_of
from store import cases as rows
from store.case_history import append, history
from store.connection import Connection
from store.queries import load

_SQL = load("platforms")

EVENT: Final = "platform"
"""The action of events that say what another platform has told."""

_LONGEST_NOTE: Final = 4000
_NOT_OURS: Final = ("not_our_department", "not_our_bureau")

_Text = Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00]*$")]
_Number = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]
_Sequence = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class InboxError(CaseError):
    """A message cannot be taken in; the text says why."""


class _Case(msgspec.Struct, frozen=True):
    category: Category
    code_set: _Text
    code: _Text
    lon: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]
    district: Annotated[str, Meta(pattern="^[0-9]{6}$")]
    condition: _Text | None = None
    component: _Text | None = None
    title: _Text | None = None
    description: _Text | None = None
    level: _Text | None = None


class _Line(msgspec.Struct, frozen=True):
    sequence: _Sequence
    at: datetime
    action: _Text
    actor: _Text
    note: _Text | None = None


class _HandedOver(msgspec.Struct, frozen=True):
    number: _Number
    sequence: _Sequence
    case: _Case
    history: Annotated[list[_Line], Meta(max_length=2000)] = []


class _Withdrawn(msgspec.Struct, frozen=True):
    number: _Number
    note: _Text | None = None


class _Ours(msgspec.Struct, frozen=True):
    number: _Number
    sequence: _Sequence


class _Progress(msgspec.Struct, frozen=True):
    cases: Annotated[list[_Ours], Meta(min_length=1, max_length=50)]
    remote_number: _Number
    action: _Text
    stage: _Text
    note: _Text | None = None
    ended_as: _Text | None = None


class _Message(msgspec.Struct, frozen=True):
    type: str
    data: dict[str, Any]


async def receive(
    connection: Connection,
    platform: str,
    headers: dict[str, str],
    body: bytes,
    *,
    policy: CasePolicy,
    at: datetime,
) -> dict[str, Any]:
    """Take in a message; returns what is answered.

    Args:
        connection: in a transaction.
        platform: the name in the address.
        headers: with lower-case names.
        body: the message.
        policy: the city's decisions.
        at: now.

    Raises:
        SignatureError: there is no such platform, or it has not sent this.
        InboxError: the message is malformed, or concerns a case that is none of its.
        CaseError: the case cannot be opened here, for instance because its code is unknown.
    """
    row = await connection.fetchrow(_SQL["platform"], platform)
    if row is None or not row["enabled"]:
        raise SignatureError("the signature does not match; compare the secrets of both sides")
    webhook = Webhook.of(row, now=row["now"])
    message_id = signing.verify(headers, body, webhook.secrets, now_s=at.timestamp())
    if len(message_id) > 100:  # noqa: PLR2004 (ours have 50)
        raise InboxError("the webhook-id has more than 100 characters")
    message = _decoded(body)
    if not await connection.fetchval(_SQL["is_new_message"], platform, message_id):
        return {"repeated": True}
    taking = _Taking(connection, webhook, policy, at)
    match message.type:
        case "case.handed_over":
            return await taking.case(_converted(message.data, _HandedOver), message.data)
        case "case.withdrawn":
            return await taking.withdrawal(_converted(message.data, _Withdrawn))
        case "case.progress" | "case.result":
            return await taking.progress(
                _converted(message.data, _Progress), is_result=message.type == RESULT
            )
        case _:
            known = f"{HANDED_OVER}, {WITHDRAWN}, {PROGRESS}, {RESULT}"
            raise InboxError(f"type {message.type[:40]!r} is unknown; known are {known}")


class _Taking:
    """Takes in one message."""

    def __init__(self, connection: Connection, webhook: Webhook, policy: CasePolicy, at: datetime) -> None:
        self._connection = connection
        self._webhook = webhook
        self._policy = policy
        self._at = at
        self._actor = actor_of(webhook.name)

    async def case(self, said: _HandedOver, document: dict[str, Any]) -> dict[str, Any]:
        """Open a report here, or join the open case of the same problem."""
        case = said.case
        report = PersonsReport(
            source="platform",
            about=About(
                category=case.category, code_set=case.code_set, code=case.code, condition=case.condition
            ),
            lat=case.lat,
            lon=case.lon,
            title=case.title,
            description=case.description or f"{self._webhook.name} {said.number}",
            district=case.district,
            component=case.component,
            level=case.level,
        )
        change = await report_by_person(
            self._connection,
            report,
            actor=self._actor,
            district=await district_of(self._connection, report),
            files=(),
            policy=self._policy,
            at=self._at,
        )
        await self._connection.execute(
            _SQL["add_case"], self._webhook.name, said.number, said.sequence, change.case_id, document
        )
        lines = [f"{self._webhook.name} {said.number}"]
        lines += [
            f"{line.at:%F %T} {line.action} {line.actor}{f': {line.note}' if line.note else ''}"
            for line in said.history
        ]
        await self._say(change.number, "\n".join(lines))
        return {"number": change.number}

    async def withdrawal(self, said: _Withdrawn) -> dict[str, Any]:
        """The other side does not wait for it any more: end it here if that is possible, and say so."""
        row = await self._connection.fetchrow(_SQL["cases_of"], self._webhook.name, said.number)
        if row is None:
            raise InboxError(f"no case {said.number} has come from {self._webhook.name}")
        number: str = row["number"]
        if row["closed_at"] is None:
            note = f"{self._webhook.name} {said.number}: withdrawn{f': {said.note}' if said.note else ''}"
            await self._say(number, note)
            await self._try(number, "cancel", Given(note=note[:_LONGEST_NOTE]))
        return {"number": number}

    async def progress(self, said: _Progress, *, is_result: bool) -> dict[str, Any]:
        """Note what happened there; with a result, the department's turn is over."""
        ignored = [
            ours.number for ours in said.cases if not await self._progress_of(ours, said, is_result=is_result)
        ]
        return {"not_with_you": ignored}

    async def _progress_of(self, ours: _Ours, said: _Progress, *, is_result: bool) -> bool:
        """The same for one case; returns whether it is with the platform's departments."""
        found = await rows.lock_case_by_number(self._connection, ours.number)
        if found is None:
            return False
        case = fold(await history(self._connection, found[0]))
        scope = await scope_of(self._connection, self._webhook.wanted)
        with_them = self._webhook.wanted.departments and scope.contains(
            district=case.district, department=case.department, assignee=case.assignee, opener=case.opener
        )
        if not with_them or case.ended_as is not None or ours.sequence > case.sequence:
            return False
        note = f"{self._webhook.name} {said.remote_number}: {said.ended_as or said.action}"
        if said.note:
            note += f": {said.note}"
        await self._say(ours.number, note)
        if is_result and case.handled_at is None:
            await self._finish(ours.number, said.ended_as, Given(note=note))
        return True

    async def _finish(self, number: str, ended_as: str | None, given: Given) -> None:
        if ended_as == "closed":
            if not await self._try(number, "handle", given):
                await self._try(number, "take", Given())
                await self._try(number, "handle", given)
            return
        for reason in (None, *_NOT_OURS):
            if await self._try(number, "return", Given(note=given.note, reason=reason)):
                return

    async def _try(self, number: str, action: str, given: Given) -> bool:
        """Perform an action, if the workflow allows it now."""
        try:
            async with self._connection.transaction():
                await act(
                    self._connection,
                    number,
                    action=action,
                    given=given,
                    actor=Actor.system(self._actor),
                    rights=Rights.shipped(),
                    policy=self._policy,
                    expected_sequence=None,
                    at=self._at,
                )
        except ActionRefusedError:
            return False
        return True

    async def _say(self, number: str, note: str) -> None:
        found = await rows.lock_case_by_number(self._connection, number)
        assert found is not None
        case = fold(await history(self._connection, found[0]))
        event = CaseEvent(
            sequence=case.sequence + 1,
            at=self._at,
            actor=self._actor,
            action=EVENT,
            note=note[:_LONGEST_NOTE],
        )
        await append(self._connection, found[0], case, [event])


def _decoded(body: bytes) -> _Message:
    try:
        return msgspec.json.decode(body, type=_Message)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InboxError(f"the message is malformed: {error}") from None


def _converted(data: dict[str, Any], kind: type[Any]) -> Any:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise InboxError(f"the message is malformed: {error}") from None
