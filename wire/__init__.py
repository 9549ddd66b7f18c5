"""The MQTT contract: topics, message types and their codec.

Everything that crosses MQTT is defined here, once. `wire` imports no other package of ours, which lets a
device, an edge box, ingest and the simulated city share it.
"""

from wire.codec import decode, encode
from wire.errors import PayloadError, TopicError, WireError
from wire.messages import (
    Evidence,
    Frame,
    Incident,
    Phase,
    Picture,
    PictureRole,
    Position,
    Receipt,
    ReceiptOutcome,
    Status,
    Telemetry,
    Time,
    as_datetime,
    as_epoch,
)
from wire.topics import Kind, Stream, Topic

__all__ = [
    "Evidence",
    "Frame",
    "Incident",
    "Kind",
    "PayloadError",
    "Phase",
    "Picture",
    "PictureRole",
    "Position",
    "Receipt",
    "ReceiptOutcome",
    "Status",
    "Stream",
    "Telemetry",
    "Time",
    "Topic",
    "TopicError",
    "WireError",
    "as_datetime",
    "as_epoch",
    "decode",
    "encode",
]
