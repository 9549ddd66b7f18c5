"""The result of one check."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from program.redaction import redacted


class Verdict(StrEnum):
    """How it stands."""

    OK = "ok"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line.

    Attributes:
        check: the name of the check.
        verdict: well, doubtful or wrong.
        found: the observation.
        remedy: what to do; empty if nothing is to be done.
    """

    check: str
    verdict: Verdict
    found: str
    remedy: str = ""


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check=check, verdict=Verdict.OK, found=redacted(found))


def doubtful(check: str, found: str, remedy: str) -> Finding:
    """It works, but not for long, or not as it should."""
    return Finding(check=check, verdict=Verdict.DOUBTFUL, found=redacted(found), remedy=redacted(remedy))


def wrong(check: str, found: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check=check, verdict=Verdict.WRONG, found=redacted(found), remedy=redacted(remedy))


def split(sentence: str) -> tuple[str, str]:
    """Splits an error of ours, "what is wrong; what to do", into its two halves."""
    found, _, remedy = sentence.partition("; ")
    return found, remedy or "see docs/runbook.md"
