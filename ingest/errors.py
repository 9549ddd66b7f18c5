"""What can be wrong inside ingest."""

from __future__ import annotations

from enum import StrEnum

from program.errors import ProgramError


class IngestError(ProgramError):
    """Ingest cannot go on; the text says what is wrong and what to do."""


class ProtocolBrokenError(IngestError):
    """What came from the broker is not MQTT 5 any more; the connection is dropped and made anew."""


class RefusedError(IngestError):
    """The broker refused us; the text names its reason and the setting to look at."""


class TakenOverError(IngestError):
    """Another client has our session at the broker; stop it, or give it an account of its own."""


class RuleError(IngestError):
    """A rule in the settings makes no sense; the text names it and what is wrong."""


class DatabaseChangedError(IngestError):
    """Behind the same address there is another database now; start ingest anew, the broker holds the rest."""


class Reason(StrEnum):
    """Why a message was refused, coarsely: the label of a metric, and the first word in the quarantine."""

    PACKET = "packet"  # the MQTT packet itself makes no sense inside
    TOPIC = "topic"  # not a topic of the contract, or not one for us
    SIZE = "size"  # larger than any message may be
    PAYLOAD = "payload"  # not the message that the topic promises
    IDENTITY = "identity"  # speaks about another than its topic names
    AUTHORITY = "authority"  # of a camera, a type or a place that is not the sender's to report
    TIME = "time"  # too far ahead of, or behind, our clock
    QUOTA = "quota"  # beyond what its sender may store
    STORE = "store"  # the database or the case domain refuses what it says
    DEFECT = "defect"  # our own fault: the log has the trace


def defect(error: Exception) -> BadMessageError:
    """The refusal of a message that we fail at ourselves; it keeps the trace."""
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
