"""The errors of ingest."""

from __future__ import annotations

from enum import StrEnum

from program.errors import ProgramError


class IngestError(ProgramError):
    """Ingest cannot continue; the text says what is wrong and what to do."""


class ProtocolBrokenError(IngestError):
    """The broker's bytes are not MQTT 5; the connection is closed and opened again."""


class RefusedError(IngestError):
    """The broker refused us; the text names its reason and the setting to look at."""


class TakenOverError(IngestError):
    """Another client has our session at the broker; stop it, or give it an account of its own."""


class RuleError(IngestError):
    """A rule in the settings is wrong; the text names the rule and the fault."""


class DatabaseChangedError(IngestError):
    """Another database now has the same address; restart ingest, the broker keeps unstored messages."""


class Reason(StrEnum):
    """Why a message was refused, coarsely: the label of a metric, and the first word in the quarantine."""

    PACKET = "packet"  # the MQTT packet itself is malformed
    TOPIC = "topic"  # not a topic of the contract, or not one for us
    SIZE = "size"  # larger than any message may be
    PAYLOAD = "payload"  # not the message that the topic requires
    IDENTITY = "identity"  # names another sender than its topic
    AUTHORITY = "authority"  # names a camera, a type or a place that its sender may not report
    TIME = "time"  # too far ahead of, or behind, our clock
    QUOTA = "quota"  # more than its sender may store
    STORE = "store"  # the database or the case domain refuses its values
    DEFECT = "defect"  # our own fault; the log has the trace


def defect(error: Exception) -> BadMessageError:
    """The refusal of a message on which our code fails; it keeps the trace."""
    refusal = BadMessageError(Reason.DEFECT, f"{type(error).__name__}: {error}")
    refusal.__cause__ = error
    return refusal


class BadMessageError(ValueError):
    """One message breaks a rule; it goes to the quarantine with the reason.

    Args:
        reason: the class of rule.
        text: the rule, and what broke it.
    """

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason
