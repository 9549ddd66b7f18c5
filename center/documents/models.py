"""The API's answers about documents."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from center.models import Time


class DocumentField(Struct, frozen=True, kw_only=True):
    """What the issuer enters; `long`: several lines."""

    name: str
    label: str
    label_en: str
    long: bool
    optional: bool


class DocumentSignature(Struct, frozen=True, kw_only=True):
    """Who signs."""

    name: str
    label: str
    label_en: str
    optional: bool


class DocumentForm(Struct, frozen=True, kw_only=True):
    """A form that the caller may issue for this case now."""

    form: str
    title: str
    title_en: str
    fields: list[DocumentField]
    signatures: list[DocumentSignature]


class CaseDocument(Struct, frozen=True, kw_only=True):
    """An issued document.

    Attributes:
        number: as it is printed, such as 责改〔2026〕1号.
        signers: label and name of each signature.
        digest: SHA-256 of the PDF, which the history of the case names.
        issued_by: a login.
        replaces: the id of the void document in whose place it was issued.
        voided_at: null while it is valid.
    """

    id: int
    form: str
    title: str
    number: str
    signers: list[tuple[str, str]]
    digest: str
    size_bytes: int
    issued_by: str
    issued_at: Time
    replaces: int | None
    voided_by: str | None
    voided_at: Time | None
    void_reason: str | None


class CaseDocuments(Struct, frozen=True, kw_only=True):
    """The documents of a case, newest first, and the forms that the caller may issue.

    Attributes:
        may_void: whether the caller may declare documents void.
    """

    documents: list[CaseDocument]
    forms: list[DocumentForm]
    may_void: bool


STRUCTS: Final = (CaseDocuments, CaseDocument)
"""What OpenAPI describes."""
