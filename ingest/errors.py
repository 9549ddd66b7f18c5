"""Errors of ingest, and the reasons for refusing a message."""

from __future__ import annotations

from enum import StrEnum

from program.errors import ProgramError


class IngestError(ProgramError):
    """Ingest cannot go on; the text says why, and what to do."""


class ProtocolBrokenError(IngestError):
    """The broker's bytes are not MQTT 5; ingest drops the connection and makes a new one."""


class RefusedError(IngestError):
    """The broker refused us; the text gives its reason and the setting to check."""


class TakenOverError(IngestError):
    """Another client has taken over our MQTT session; stop it, or give it an account of its own."""


class RuleError(IngestError):
    """A rule in the settings is wrong; the text names the rule and the fault."""


class DatabaseChangedError(IngestError):
    """Another database answers at the same address; start ingest again, the broker holds the rest."""


class Reason(StrEnum):
    """The class of reason for a refusal: a metric's label, and the first word in the quarantine."""

    PACKET = "packet"  # the MQTT packet is malformed
    TOPIC = "topic"  # not a topic of the contract, or not one that ingest takes
    SIZE = "size"  # larger than any valid message
    PAYLOAD = "payload"  # not a valid message of its stream
    IDENTITY = "identity"  # the payload names another sender than the topic
    AUTHORITY = "authority"  # the sender may not report for this camera, type or place
    TIME = "time"  # too far ahead of our clock, or behind it
    QUOTA = "quota"  # beyond the sender's quota
    STORE = "store"  # the database or the case rules refuse its contents
    DEFECT = "defect"  # a defect in ingest; the log has the traceback


def defect(error: Exception) -> BadMessageError:
    """The refusal of a message because of a defect in ingest; it keeps the traceback."""
    refusal = BadMessageError(Reason.DEFECT, f"{type(error).__name__}: {error}")
    refusal.__cause__ = error
    return refusal


class BadMessageError(ValueError):
    """One message breaks a rule; it goes to the quarantine with the reason.

    Args:
        reason: the class of rule.
        text: the rule, and how the message breaks it.
    """

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason
