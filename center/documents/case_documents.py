"""Documents of cases, in the database and in evidence storage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from cases import CaseState, fold
from cases.forms import Content, Form, FormError, fill
from casework import NoSuchCaseError, ReusedKeyError, StaleCaseError
from casework.city_policy import CurrentPolicy
from casework.documents import Issuing, TakenNumberError, date_text, facts_of, issue, next_sequence, void
from casework.requests import digest_of
from center.database import Database
from center.documents.models import (
    CaseDocument,
    CaseDocuments,
    DocumentField,
    DocumentForm,
    DocumentSignature,
)
from center.documents.requests import MAX_POINTS, DocumentRequest
from center.documents.typesetter import Strokes, Typesetter, TypesettingError
from center.people.caller import Caller, not_allowed
from center.web.answers import Refusal
from store.case_history import history
from store.connection import Connection
from store.departments import read_departments
from store.errors import EvidenceError
from store.evidence import EvidenceStore
from store.queries import load

_SQL = load("documents")
_CASE_ID: Final = "SELECT case_id FROM case_file WHERE number = $1"
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A document that is to be set.

    Attributes:
        sequence: of its number.
        case_sequence: of the newest event of the case whose facts it prints.
    """

    form: Form
    year: int
    sequence: int
    content: Content
    strokes: Strokes
    case_sequence: int


class DocumentsOfCases:
    """Lists, previews, issues and voids documents.

    Args:
        database: holds the cases.
        policy: the city's forms.
        typesetter: sets documents.
        evidence: takes the PDFs.
        clock: returns now, aware.
    """

    def __init__(
        self,
        *,
        database: Database,
        policy: CurrentPolicy,
        typesetter: Typesetter,
        evidence: EvidenceStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._policy = policy
        self._typesetter = typesetter
        self._evidence = evidence
        self._clock = clock

    async def of(self, number: str, caller: Caller) -> CaseDocuments:
        """The documents of a case that the caller may read."""
        async with self._database.reading() as connection:
            case_id = await connection.fetchval(_CASE_ID, number)
            case = fold(await history(connection, case_id))
            found = await connection.fetch(_SQL["of_case"], case_id)
        return CaseDocuments(
            documents=[
                CaseDocument(
                    id=row["document_id"],
                    signers=[(label, name) for label, name in row["signatures"]],
                    **{
                        name: row[name]
                        for name in CaseDocument.__struct_fields__
                        if name not in {"id", "signers"}
                    },
                )
                for row in found
            ],
            forms=[
                _described(name, form)
                for name, form in self._policy().forms.forms.items()
                if caller.rights.allows_on(case, caller.actor, f"case.{form.right}")
            ],
            may_void=caller.rights.allows_on(case, caller.actor, "case.void_document"),
        )

    async def preview(self, number: str, wanted: DocumentRequest, caller: Caller) -> bytes:
        """The PDF of a document as it would be issued, without a number.

        Raises:
            Refusal: 403, no right to this form; 422, there is no such form, or a value is wrong.
        """
        async with self._database.reading() as connection:
            draft = await self._draft(connection, number, wanted, caller, numbered=False)
        return await self._set("pdf", draft.content, draft.strokes)

    async def issue(self, number: str, wanted: DocumentRequest, caller: Caller, *, key: str | None) -> None:
        """Issue a document; a repeat with the same idempotency key does nothing.

        No lock is held while the document is set. If its number was taken or the case has changed meanwhile,
        it is set again; so numbers have no gaps, and a document prints the facts of its moment.

        Raises:
            Refusal: as `preview`; 409, the key belongs to another request, or others issue the same form all
                the time; 503, the storage is full.
        """
        for _ in range(_ATTEMPTS):
            async with self._database.reading() as connection:
                draft = await self._draft(connection, number, wanted, caller, numbered=True)
            data = await self._set("pdf", draft.content, draft.strokes)
            try:
                digest = await self._evidence.put(data, media_type="application/pdf")
            except EvidenceError as error:
                raise Refusal(
                    503,
                    "no_room",
                    f"the document cannot be stored now: {error}; try again",
                    {"Retry-After": "5"},
                ) from None
            issuing = Issuing(
                form_name=wanted.form,
                form=draft.form,
                year=draft.year,
                sequence=draft.sequence,
                content=draft.content,
                strokes=draft.strokes,
                digest=digest,
                size_bytes=len(data),
                replaces=wanted.replaces,
            )
            try:
                async with self._database.changing() as connection:
                    await issue(
                        connection,
                        number,
                        issuing,
                        issued_by=caller.login,
                        expected_sequence=draft.case_sequence,
                        at=self._clock(),
                        key=None
                        if key is None
                        else (key, digest_of("document", number, wanted.model_dump_json())),
                    )
                    return
            except (TakenNumberError, StaleCaseError):
                continue
            except FormError as error:
                raise Refusal(422, "invalid", str(error)) from None
            except ReusedKeyError as error:
                raise Refusal(409, "reused_key", str(error)) from None
        raise Refusal(
            409, "busy", "others issue the same form at the moment; try again", {"Retry-After": "2"}
        )

    async def void(self, number: str, document_id: int, reason: str, caller: Caller) -> None:
        """Declare a document void.

        Raises:
            Refusal: 403, no right; 404, there is no such document; 409, it is void already.
        """
        try:
            async with self._database.changing() as connection:
                case = await self._case(connection, number)
                if not caller.rights.allows_on(case, caller.actor, "case.void_document"):
                    raise not_allowed("case.void_document")
                await void(
                    connection, number, document_id, login=caller.login, reason=reason, at=self._clock()
                )
        except NoSuchCaseError as error:
            raise Refusal(404, "no_document", str(error)) from None
        except FormError as error:
            raise Refusal(409, "void", str(error)) from None

    async def file(self, number: str, document_id: int, form: str) -> tuple[bytes, str]:
        """The file of a document, and its number.

        Args:
            number: the case.
            document_id: the document.
            form: `pdf` for the issued file, `docx` for an editable copy.

        Raises:
            Refusal: 404, there is no such document.
        """
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["one"], document_id, number)
        if row is None:
            raise Refusal(404, "no_document", f"case {number} has no document {document_id}")
        if form == "pdf":
            return await self._evidence.get(row["digest"], media_type="application/pdf"), row["number"]
        content = msgspec.convert(row["content"], Content)
        strokes = msgspec.convert(row["strokes"], Strokes, strict=False)
        return await self._set("docx", content, strokes), row["number"]

    async def _case(self, connection: Connection, number: str) -> CaseState:
        case_id = await connection.fetchval(_CASE_ID, number)
        return fold(await history(connection, case_id))

    async def _draft(
        self, connection: Connection, number: str, wanted: DocumentRequest, caller: Caller, *, numbered: bool
    ) -> _Draft:
        policy, now = self._policy(), self._clock()
        form = policy.forms.forms.get(wanted.form)
        if form is None:
            known = ", ".join(policy.forms.forms)
            raise Refusal(422, "no_form", f"there is no form {wanted.form!r}; there are {known}")
        if wanted.points() > MAX_POINTS:
            raise Refusal(422, "invalid", f"the signatures have more than {MAX_POINTS} points; sign again")
        events = await history(connection, await connection.fetchval(_CASE_ID, number))
        case = fold(events)
        if not caller.rights.allows_on(case, caller.actor, f"case.{form.right}"):
            raise not_allowed(f"case.{form.right}")
        departments = await read_departments(connection)
        year = now.astimezone(policy.calendar.zone).year
        sequence = await next_sequence(connection, wanted.form, year) if numbered else 0
        places = {signature.name: place for place, signature in enumerate(form.signatures)}
        try:
            content = fill(
                form,
                given=wanted.fields,
                facts=facts_of(
                    case,
                    events,
                    policy=policy,
                    departments=departments,
                    issuer=caller.session.display_name,
                    now=now,
                ),
                signers={name: each.name for name, each in wanted.signatures.items()},
                number=form.numbered(year, sequence) if numbered else None,
                authority=policy.forms.authority,
                date=date_text(now, policy),
            )
        except FormError as error:
            raise Refusal(422, "invalid", str(error)) from None
        return _Draft(
            form=form,
            year=year,
            sequence=sequence,
            content=content,
            strokes={
                places[name]: [list(stroke) for stroke in each.strokes]
                for name, each in wanted.signatures.items()
                if each.strokes
            },
            case_sequence=case.sequence,
        )

    async def _set(self, form: str, content: Content, strokes: Strokes) -> bytes:
        try:
            return await self._typesetter.set(form, content, strokes)
        except TypesettingError as error:
            raise Refusal(
                422, "unsettable", f"the document cannot be set: {error}; change its text"
            ) from None


def _described(name: str, form: Form) -> DocumentForm:
    return DocumentForm(
        form=name,
        title=form.title,
        title_en=form.title_en,
        fields=[
            DocumentField(
                name=each.name,
                label=each.label,
                label_en=each.label_en,
                long=each.long,
                optional=each.optional,
            )
            for each in form.fields
        ],
        signatures=[
            DocumentSignature(
                name=each.name, label=each.label, label_en=each.label_en, optional=each.optional
            )
            for each in form.signatures
        ],
    )
