"""The city's documents: forms with placeholders from `forms.toml`, and the content of a document. Pure.

A form is text. A placeholder is replaced by a text and never evaluated, so a form can neither read files nor
run anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

import msgspec

from cases.errors import CaseError, PolicyError
from cases.toml_file import decode_toml
from cases.workflow.model import ACTIONS

_Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")]
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")

CASE_FACTS: Final = (
    "number", "code", "condition", "place", "coordinates", "source", "words", "level", "reported_at",
    "opened_at", "dispatched_at", "handled_at", "closed_at", "deadline_at", "department", "verified",
    "checked", "suspended_until", "stage",
)  # fmt: skip
"""The facts of a case that forms can name as `{case.FACT}`."""

_KNOWN: Final = frozenset(
    {f"case.{fact}" for fact in CASE_FACTS}
    | {f"note.{action}" for action in ACTIONS}
    | {"issuer", "today", "now", "number"}
)

LONGEST_LINE: Final = 200
LONGEST_TEXT: Final = 4000


class FormError(CaseError):
    """A document cannot be made of what was given; the text names the field or signature."""


class FormField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the issuer of a document enters."""

    name: _Name
    label: _Words
    label_en: _Words
    long: bool = False
    optional: bool = False


class FormSignature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who signs a document."""

    name: _Name
    label: _Words
    label_en: _Words
    optional: bool = False


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A form, `[forms.NAME]`; `cases/data/forms.toml` explains each entry."""

    title: _Words
    title_en: _Words
    number: Annotated[str, msgspec.Meta(min_length=1, max_length=12, pattern=r"^[^\s{}\x00-\x1f〔〕]+$")]
    right: _Name
    fields: list[FormField] = []
    rows: list[tuple[_Words, str]] = []
    text: list[str] = []
    signatures: list[FormSignature] = []

    def numbered(self, year: int, sequence: int) -> str:
        """The number of a document, such as 责改〔2026〕1号."""
        return f"{self.number}〔{year}〕{sequence}号"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a document, as it is printed.

    Attributes:
        number: None for a preview.
        rows: label and text.
        signatures: label and name of the signer; the picture is kept beside it.
    """

    title: str
    number: str | None
    rows: list[tuple[str, str]]
    text: list[str]
    signatures: list[tuple[str, str]]
    authority: str
    date: str


class Forms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    authority: _Words
    forms: dict[_Name, Form]

    @classmethod
    def read(cls, text: str, *, file: str) -> Forms:
        """Read the forms.

        Args:
            text: TOML.
            file: its name, for errors.

        Raises:
            PolicyError: an entry is wrong; the text names it.
        """
        found = decode_toml(text, cls, file=file)
        beginnings: dict[str, str] = {}
        for name, form in found.forms.items():
            for fault in _faults(form):
                raise PolicyError(f"{file}: forms.{name}: {fault}")
            other = beginnings.setdefault(form.number, name)
            if other != name:
                raise PolicyError(
                    f"{file}: forms.{name}: number {form.number!r} is that of forms.{other} too"
                )
        return found


def _faults(form: Form) -> Iterator[str]:
    names = [field.name for field in form.fields]
    for each in [*names, *(f"signature {signature.name}" for signature in form.signatures)]:
        if [*names, *(f"signature {signature.name}" for signature in form.signatures)].count(each) > 1:
            yield f"{each} is there twice"
    known = _KNOWN | set(names)
    for text in [*(row[1] for row in form.rows), *form.text]:
        if "{" in _PLACEHOLDER.sub("", text) or "}" in _PLACEHOLDER.sub("", text):
            yield f"{text!r} has a brace without its other half"
        for placeholder in _PLACEHOLDER.findall(text):
            if placeholder not in known:
                yield f"there is no placeholder {{{placeholder}}}; there are {', '.join(sorted(known))}"


def fill(
    form: Form,
    *,
    given: Mapping[str, str],
    facts: Mapping[str, str],
    signers: Mapping[str, str],
    number: str | None,
    authority: str,
    date: str,
) -> Content:
    """The content of a document.

    Args:
        form: the form.
        given: what the issuer entered, by field.
        facts: texts by placeholder, such as `case.place`; what is missing is empty.
        signers: names of those who signed, by the name of the signature.
        number: of the document; None for a preview, which needs neither fields nor signatures.
        authority: printed above the date.
        date: of the document.

    Raises:
        FormError: a field or a signature is missing, unknown, or too long.
    """
    _refuse_unknown("field", given, [field.name for field in form.fields])
    _refuse_unknown("signature", signers, [signature.name for signature in form.signatures])
    for field in form.fields:
        entered = given.get(field.name, "").strip()
        longest = LONGEST_TEXT if field.long else LONGEST_LINE
        if len(entered) > longest:
            raise FormError(f"field {field.name} has {len(entered)} characters; shorten it to {longest}")
        if not entered and not field.optional and number is not None:
            raise FormError(f"field {field.name} ({field.label_en}) is missing; enter it")
    for signature in form.signatures:
        if number is not None and not signature.optional and signature.name not in signers:
            raise FormError(f"signature {signature.name} ({signature.label_en}) is missing; let them sign")
    texts = {**facts, **{name: text.strip() for name, text in given.items()}, "number": number or ""}
    rows = [(label, _filled(text, texts)) for label, text in form.rows]
    return Content(
        title=form.title,
        number=number,
        rows=[(label, text) for label, text in rows if text.strip()],
        text=[_filled(text, texts) for text in form.text],
        signatures=[(signature.label, signers.get(signature.name, "")) for signature in form.signatures],
        authority=authority,
        date=date,
    )


def _refuse_unknown(what: str, given: Mapping[str, str], known: list[str]) -> None:
    for name in given:
        if name not in known:
            raise FormError(f"there is no {what} {name!r}; there are {', '.join(known) or 'none'}")


def _filled(text: str, texts: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: texts.get(found[1], ""), text)
