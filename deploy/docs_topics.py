"""`docs/topics.md` and `docs/schemas/`, from `wire`: every topic, every message, every limit."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, get_type_hints

import msgspec

from deploy.docs_hints import description, words
from wire import codec, messages
from wire.topics import DISTRICT_PATTERN, ID_PATTERN, PREFIX, Kind, Stream

MESSAGES: Final[Mapping[Stream, type[msgspec.Struct]]] = MappingProxyType(
    {
        Stream.POSITION: messages.Position,
        Stream.TELEMETRY: messages.Telemetry,
        Stream.FRAME: messages.Frame,
        Stream.INCIDENT: messages.Incident,
        Stream.EVIDENCE: messages.Evidence,
        Stream.STATUS: messages.Status,
        Stream.RECEIPT: messages.Receipt,
    }
)
_PARTS: Final[tuple[type[msgspec.Struct], ...]] = (messages.Picture,)
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ATTRIBUTE: Final = re.compile(r"^ {4}([a-z_, ]+): (.*(?:\n {8}.*)*)", re.MULTILINE)

_HEAD: Final = f"""\
# Topics and messages

*Made from the code by `scripts/docs`.*

For whoever connects devices. MQTT 5 (3.1.1 devices are served too), QoS 1, JSON in UTF-8. Each sender has one
topic for each stream:

    {PREFIX}/{{district}}/{{kind}}/{{id}}/{{stream}}

| part | meaning |
|---|---|
| `{PREFIX}` | root and version of the contract; a breaking change increases the version |
| `district` | the 6-digit code of the administrative division: `{DISTRICT_PATTERN}` |
| `kind` | the kind of sender: {", ".join(f"`{kind}`" for kind in Kind)} |
| `id` | the sender, unique within its kind: `{ID_PATTERN}` |
| `stream` | the content: {", ".join(f"[`{stream}`](#{stream})" for stream in Stream)} |

The broker account of a sender is `{{kind}}/{{id}}`. The broker's access rules let it write only below its
own topic and read only its own receipts. Ingest quarantines a payload that names another id. The settings
of ingest say which account may report for which camera, and what ([authority.md](authority.md)). Pictures
and clips must match their media type. A message that breaks a limit is quarantined with the reason. In
arrays of positions and telemetry, a bad item is quarantined alone. An optional field that is out of range
is left out and marked (quality flag `incomplete`, or the reading or detail `left_out`). An empty payload
clears a retained message, and is ignored. Unknown fields are ignored, so that newer devices work with an
older centre. A payload has at most {messages.MAX_PAYLOAD_BYTES} bytes. The sender of an incident or of
evidence keeps it until the centre's receipt. Every message may be sent again, because repeats have no
effect.

A **time** is seconds since 1970-01-01T00:00:00Z (fractions allowed), or RFC 3339 text with a time zone;
from 2000 up to but not including 2100. Bytes are base64. [`schemas/`](schemas/) has a JSON Schema of each
stream. The centre also checks what a schema cannot express: that a textual time is in these years, that
base64 and UUIDs are well formed (a validator may check `format` and `contentEncoding`), that a whole number
has no decimal point, and that a digest matches its data.
"""

_RULES: Final[Mapping[Stream, str]] = MappingProxyType(
    {
        Stream.POSITION: "From vehicles, persons and devices to the centre. One fix, or an array of 1 to "
        f"{messages.MAX_BATCH} fixes (such as those kept while a device was offline).",
        Stream.TELEMETRY: f"To the centre. One sample, or an array of 1 to {messages.MAX_BATCH}.",
        Stream.FRAME: "From a camera that publishes JPEG itself to its box and the centre, or from a box to "
        "the centre.",
        Stream.INCIDENT: "To the centre, which answers with a receipt.",
        Stream.EVIDENCE: "To the centre, which answers with a receipt.",
        Stream.STATUS: "To the centre. Retained; `online: false` is the last will.",
        Stream.RECEIPT: "The one stream from the centre to the sender of an incident or of evidence.",
    }
)


def topics_page() -> str:
    """The page."""
    parts = [_HEAD.rstrip()]
    for stream, kind in MESSAGES.items():
        parts.append(f"\n## {stream}\n\n`{PREFIX}/{{district}}/{{kind}}/{{id}}/{stream}` · ")
        parts[-1] += f"[schema](schemas/{stream}.schema.json)\n\n{_RULES[stream]}\n"
        parts += _fields(kind)
    for kind in _PARTS:
        parts.append(f"\n## {kind.__name__.lower()}\n")
        parts += _fields(kind)
    return "\n".join(parts) + "\n"


def schemas() -> Mapping[str, str]:
    """A JSON Schema of each stream's payload, by file name."""
    return {
        f"{stream}.schema.json": json.dumps(schema_of(stream), ensure_ascii=False, indent=2) + "\n"
        for stream in Stream
    }


def schema_of(stream: Stream) -> dict[str, Any]:
    """The JSON Schema of a stream's payload."""
    schema = msgspec.json.schema(codec.PAYLOAD_TYPES[stream])
    for definition in schema.get("$defs", {}).values():
        _describe(definition)
    return {"$schema": _DIALECT, "title": f"{PREFIX}/+/+/+/{stream}", **schema}


def meanings(kind: type[msgspec.Struct]) -> dict[str, str]:
    """What each field means, from the docstring."""
    return _meanings(inspect.getdoc(kind) or "")


def _meanings(text: str) -> dict[str, str]:
    found = {}
    for names, meaning in _ATTRIBUTE.findall(text.partition("Attributes:\n")[2]):
        for name in names.split(", "):
            found[name] = " ".join(meaning.split())
    return found


def _describe(definition: dict[str, Any]) -> None:
    """Adds the `Attributes:` of a docstring as descriptions to the schema's properties."""
    text = inspect.cleandoc(definition.get("description", ""))
    definition["description"] = text.partition("\n\nAttributes:\n")[0]
    for name, meaning in _meanings(text).items():
        definition["properties"][name] = {"description": meaning, **definition["properties"][name]}


def _fields(kind: type[msgspec.Struct]) -> Iterator[str]:
    text = inspect.getdoc(kind) or ""
    yield f"{text.partition(chr(10) * 2 + 'Attributes:')[0]}\n"
    yield "| field | required | values | meaning |\n|---|---|---|---|"
    hints = get_type_hints(kind, include_extras=True)
    told = meanings(kind)
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        allowed = "time" if hint == messages.Time else words(hint)
        needed = "yes" if field.required else "no"
        meaning = told.get(field.name) or description(hint)
        yield f"| `{field.encode_name}` | {needed} | {_cell(allowed)} | {_cell(meaning)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
