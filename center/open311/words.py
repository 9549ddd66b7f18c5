"""What the public is told of a report, in Chinese or English. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """A language of answers."""

    CHINESE = "zh"
    ENGLISH = "en"


def preferred(accepted: str) -> Language:
    """The language of a request by its header Accept-Language; Chinese if it names neither.

    Weights are ignored: clients list what they prefer first.
    """
    for part in accepted.split(","):
        tag = part.partition(";")[0].strip().lower()
        for language in Language:
            if tag == language or tag.startswith(f"{language}-"):
                return language
    return Language.CHINESE


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.zh if language is Language.CHINESE else self.en


_WAITS: Final = Words("已收到,等待受理。", "Received; it waits for an acceptor.")
_OPEN: Final = Words("已立案,等待派遣。", "Accepted; it will be given to a department.")
_AT_WORK: Final = Words("{department}正在处置。", "{department} is working on it.")
_DEPARTMENT: Final = Words("责任部门", "The responsible department")
_HANDLED: Final = Words(
    "{department}已处置,正在核查。", "{department} has dealt with it; this is being checked."
)
_SUSPENDED: Final = Words(
    "暂时无法处置,推迟至{until}。", "It cannot be dealt with now; postponed until {until}."
)
_ENDS: Final[Mapping[str, Words]] = {
    "closed": Words("已解决。{closing}", "Resolved. {closing}"),
    "forced": Words("已结案,未经核查确认。", "Closed without a check that it is resolved."),
    "refused": Words("未予受理。", "Not accepted."),
    "not_opened": Words("经核实不予立案。", "Looked into, and not opened as a case."),
    "void": Words("已作废。", "Void."),
    "cancelled": Words("已作废。", "Cancelled."),
    "merged": Words("与另一案件合并。", "Merged with another case."),
}
_ENDED: Final = Words("已结束。", "Ended.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What the status of a report depends on: the state of its case; names as in `cases.CaseState`.

    Attributes:
        department: its names in both languages; None if the case is with none.
        closing: the condition under which such a case is closed, in both languages.
    """

    ended_as: str | None
    closed_at: datetime | None
    forced: bool
    opened_at: datetime | None
    dispatched_at: datetime | None
    handled_at: datetime | None
    suspended_until: datetime | None
    department: Words | None
    closing: Words | None

    @property
    def is_closed(self) -> bool:
        """Whether the report's status is `closed`: the case has ended, however it did."""
        return self.closed_at is not None


def status_notes(case: CaseFacts, language: Language, zone: tzinfo) -> str:
    """One sentence on where a report stands. Notes and reasons of staff are not in it.

    Args:
        case: the state of the case.
        language: of the sentence.
        zone: the city's time zone.
    """
    department = (case.department or _DEPARTMENT)[language]
    if case.is_closed:
        how = "forced" if case.forced and case.ended_as == "closed" else case.ended_as or ""
        closing = "" if case.closing is None else case.closing[language] + ("。" if language == "zh" else ".")
        return _ENDS.get(how, _ENDED)[language].format(closing=closing).strip()
    if case.opened_at is None:
        return _WAITS[language]
    if case.suspended_until is not None:
        return _SUSPENDED[language].format(until=f"{case.suspended_until.astimezone(zone):%Y-%m-%d}")
    if case.handled_at is not None:
        return _HANDLED[language].format(department=department)
    if case.dispatched_at is not None and case.department is not None:
        return _AT_WORK[language].format(department=department)
    return _OPEN[language]
