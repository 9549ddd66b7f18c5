"""One member's desk: signs on at the command centre and acts through its API, like any client."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

import httpx
import msgspec

from city.people.caller import Place
from city.people.case import Move, Offer, OfferedCase, hours_until
from city.people.patrol import PatrolReport
from city.people.staff import Member

_API: Final = "/api/v1"
_MAX_CASES: Final = 50
_REFUSED: Final = frozenset({400, 403, 404, 409, 415, 422})


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a list."""

    number: str
    sequence: int


class _Choice(msgspec.Struct, frozen=True):
    code: str


class _Action(msgspec.Struct, frozen=True):
    action: str
    needs: list[str]
    reasons: list[_Choice]
    answers: list[_Choice]
    primary: bool
    refusal: dict[str, Any] | None


class _Event(msgspec.Struct, frozen=True):
    actor: str
    action: str
    at: datetime


class _Department(msgspec.Struct, frozen=True):
    name: str


class _Condition(msgspec.Struct, frozen=True):
    condition: str


class _Case(msgspec.Struct, frozen=True):
    number: str
    sequence: int
    holder: str
    source: str | None
    department: str | None
    condition: str | None
    deadline_at: datetime | None
    seen_at: datetime | None
    restored_at: datetime | None
    verified: str | None
    checked: str | None
    rework_count: int
    return_count: int


class _Proposal(msgspec.Struct, frozen=True):
    department: str


class Detail(msgspec.Struct, frozen=True):
    """The part of the centre's answer about a case that the staff use."""

    case: _Case
    events: list[_Event]
    actions: list[_Action]
    departments: list[_Department]
    proposal: _Proposal | None
    conditions: list[_Condition]

    def as_offered(self, now: datetime) -> OfferedCase:
        """The case as the member sees it at a time."""
        case = self.case
        first = self.conditions[0].condition if self.conditions else None
        return OfferedCase(
            number=case.number,
            sequence=case.sequence,
            holder=case.holder,
            source=case.source,
            department=case.department,
            proposed=self.proposal.department if self.proposal is not None else None,
            departments=tuple(each.name for each in self.departments),
            condition=case.condition or first,
            still_seen=case.source in {"camera", "sensor"}
            and case.seen_at is not None
            and case.restored_at is None,
            restored=case.restored_at is not None,
            hours_left=hours_until(case.deadline_at, now),
            verified=case.verified,
            checked=case.checked,
            reworks=case.rework_count,
            returns=case.return_count,
            told=frozenset(event.action for event in self.events),
            offers={
                each.action: Offer(
                    needs=frozenset(each.needs),
                    reasons=tuple(reason.code for reason in each.reasons),
                    answers=tuple(answer.code for answer in each.answers),
                    primary=each.primary,
                )
                for each in self.actions
                if each.refusal is None
            },
        )


class RefusedError(Exception):
    """The centre refuses an action, usually because somebody else was faster; the text says why."""


class SignedOffError(Exception):
    """The account cannot sign on any more."""


class Desk:
    """A member's session. It signs on when necessary, and again after the session has ended.

    Args:
        member: the member.
        password: of the member's account.
        http: a client with the centre's base URL; used by this desk only, because it keeps the cookie.

    Its methods raise `httpx.HTTPError` if the centre is unreachable or answers with an error, and
    `SignedOffError` if the account cannot sign on any more.
    """

    def __init__(self, member: Member, password: str, http: httpx.AsyncClient) -> None:
        self.member = member
        self._password = password
        self._http = http
        self._csrf: str | None = None

    async def queue(self, name: str) -> list[Listed]:
        """The cases of a queue, earliest deadline first."""
        page = await self._get("/cases", queue=name, sort="deadline", limit=_MAX_CASES)
        return msgspec.convert(page["cases"], list[Listed])

    async def to_call_back(self) -> list[Listed]:
        """Ended cases whose callers wait for a call."""
        page = await self._get("/cases", to_call_back="true", sort="-changed", limit=_MAX_CASES)
        return msgspec.convert(page["cases"], list[Listed])

    async def read_contact(self, number: str) -> None:
        """Read the contact of a case's caller, which the centre logs."""
        await self._get(f"/hotline/cases/{number}/callers")

    async def places(self, words: str) -> list[Place]:
        """Streets whose names have some words, as the search finds them."""
        found = await self._get("/search", words=words, kind="street", limit=20)
        return [
            Place(name=hit["name"], lat=hit["lat"], lon=hit["lon"])
            for group in found["groups"]
            for hit in group["hits"]
        ]

    async def register_call(self, told: dict[str, Any]) -> str:
        """Register a caller's report; the number of its case.

        Raises:
            RefusedError: the centre refuses it.
        """
        if self._csrf is None:
            await self._sign_on()
        headers = {**self._headers(), "Idempotency-Key": str(uuid.uuid4())}
        answer = await self._http.post(f"{_API}/cases", json=told, headers=headers)
        if answer.status_code in _REFUSED:
            raise RefusedError(answer.text)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._csrf = None
        answer.raise_for_status()
        number: str = answer.json()["case"]["number"]
        return number

    async def look(self, number: str) -> Detail:
        """A case, with the actions that the member may take."""
        return msgspec.convert(await self._get(f"/cases/{number}"), Detail)

    async def act(self, case: OfferedCase, move: Move, pictures: list[bytes]) -> None:
        """Perform an action.

        Args:
            case: as the member saw it.
            move: the action.
            pictures: JPEG files to send with it.

        Raises:
            RefusedError: the centre refuses it.
        """
        given = {
            "action": move.action,
            "expected_sequence": case.sequence,
            "note": move.note,
            "reason": move.reason,
            "department": move.department,
            "assignee": move.assignee,
            "condition": move.condition,
            "until": move.until.isoformat() if move.until is not None else None,
            "answer": move.answer,
        }
        body = {name: value for name, value in given.items() if value is not None}
        address = f"{_API}/cases/{case.number}/actions"
        headers = {**self._headers(), "Idempotency-Key": str(uuid.uuid4())}
        if pictures:
            parts: list[tuple[str, tuple[str | None, bytes, str]]] = [
                ("action", (None, msgspec.json.encode(body), "application/json")),
                *(("files", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(pictures, start=1)),
            ]
            answer = await self._http.post(address, files=parts, headers=headers)
        else:
            answer = await self._http.post(address, json=body, headers=headers)
        if answer.status_code in _REFUSED:
            raise RefusedError(answer.text)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._csrf = None
        answer.raise_for_status()

    async def report(self, seen: PatrolReport, *, before: list[bytes], after: list[bytes]) -> str:
        """Report a problem as the staff phone does, once, even if its answer is lost; the case's number.

        Args:
            seen: the report.
            before: JPEG files of the problem.
            after: those of the place after the member has dealt with it.

        Raises:
            RefusedError: the centre refuses it.
        """
        if self._csrf is None:
            await self._sign_on()
        key = str(uuid.uuid4())
        said = {
            "source": "patrol", "category": "event", "code_set": "A", "code": seen.code, "lat": seen.lat,
            "lon": seen.lon, "description": seen.words,
        }  # fmt: skip
        parts = [
            ("report", (None, msgspec.json.encode(said), "application/json")),
            *(
                (shows, (f"{shows}.jpg", data, "image/jpeg"))
                for shows, data in zip(("near", "far"), before, strict=False)
            ),
        ]
        for _ in range(2 if seen.answer_lost else 1):
            case = await self._send(f"{_API}/cases", parts, key)
        offered = {action["action"] for action in case["actions"] if action["refusal"] is None}
        number: str = case["case"]["number"]
        if seen.on_the_spot and "self_handle" in offered:
            done = {"action": "self_handle", "expected_sequence": case["case"]["sequence"]}
            shown = [
                ("action", (None, msgspec.json.encode(done), "application/json")),
                *(("after", ("after.jpg", data, "image/jpeg")) for data in after),
            ]
            await self._send(f"{_API}/cases/{number}/actions", shown, f"{key}.spot")
        return number

    async def _send(self, address: str, parts: list[Any], key: str) -> Any:
        """Send a form; the case after it.

        Raises:
            RefusedError: the centre refuses it.
        """
        answer = await self._http.post(
            address, files=parts, headers={**self._headers(), "Idempotency-Key": key}
        )
        if answer.status_code in _REFUSED:
            raise RefusedError(answer.text)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._csrf = None
        answer.raise_for_status()
        return msgspec.json.decode(answer.content)

    async def _get(self, path: str, **query: str | int) -> Any:
        if self._csrf is None:
            await self._sign_on()
        answer = await self._http.get(f"{_API}{path}", params=query)
        if answer.status_code == httpx.codes.UNAUTHORIZED:  # the session has ended
            await self._sign_on()
            answer = await self._http.get(f"{_API}{path}", params=query)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content)

    async def _sign_on(self) -> None:
        self._csrf = None
        answer = await self._http.post(
            f"{_API}/session",
            json={"login": self.member.login, "password": self._password},
            headers={"Origin": self._origin()},
        )
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise SignedOffError(
                f"{self.member.login} cannot sign on; the account has another password, or is closed"
            )
        answer.raise_for_status()
        self._csrf = answer.json()["csrf_token"]

    def _headers(self) -> dict[str, str]:
        return {"Origin": self._origin(), "X-CSRF-Token": self._csrf or ""}

    def _origin(self) -> str:
        return str(self._http.base_url).rstrip("/")
