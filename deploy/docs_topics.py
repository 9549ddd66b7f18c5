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

MQTT 5 (3.1.1 devices are served too), QoS 1, JSON in UTF-8. One topic a speaker and stream:

    {PREFIX}/{{district}}/{{kind}}/{{id}}/{{stream}}

| part | what it is |
|---|---|
| `{PREFIX}` | root and version of the contract; a breaking change counts the version up |
| `district` | the 6-digit code of the administrative division: `{DISTRICT_PATTERN}` |
| `kind` | what speaks: {", ".join(f"`{kind}`" for kind in Kind)} |
| `id` | who speaks, unique within its kind: `{ID_PATTERN}` |
| `stream` | what is said: {", ".join(f"[`{stream}`](#{stream})" for stream in Stream)} |

The user at the broker is `{{kind}}/{{id}}`. Its access rules let it write below its own topic only and
hear its own receipts only; a payload that names another id is quarantined. Which account may speak for
which camera, and report what, is said in the settings of ingest ([authority.md](authority.md)); pictures
and clips must be what their type says. A message that breaks a limit
is quarantined with the reason. Of positions, telemetry and statuses what is good is kept: a bad item of an
array is quarantined alone, an optional field out of range is left out with a mark (quality flag `incomplete`,
or the reading or detail `left_out`). An empty payload clears what the broker had kept, and is ignored.
Fields that are not known here are ignored, so that a newer device can talk to an older centre.
A payload has at most {messages.MAX_PAYLOAD_BYTES} bytes. An incident or a
piece of evidence is forgotten by its sender only on the centre's receipt; everything may be sent again,
for repeats change nothing.

A **time** is seconds since 1970-01-01T00:00:00Z (fractions allowed), or RFC 3339 text with a time zone;
from 2000 up to but not including 2100. Bytes are base64. Machine-readable: a JSON Schema of each stream
in [`schemas/`](schemas/). What a schema cannot say, and the centre checks all the same: that a time as
text lies in those years, that base64 and UUIDs are well formed (as `format` and `contentEncoding` do if
your validator asserts them), that a whole number is written without a point, that a digest is its
data's.
"""

_RULES: Final[Mapping[Stream, str]] = MappingProxyType(
    {
        Stream.POSITION: "From whatever moves to the centre. One fix, or an array of 1 to "
        f"{messages.MAX_BATCH} fixes (what a device kept while it was offline).",
        Stream.TELEMETRY: f"To the centre. One sample, or an array of 1 to {messages.MAX_BATCH}.",
        Stream.FRAME: "From a camera that publishes JPEG itself, to its box and the centre; or from a box to "
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
    """A docstring's `Attributes:` become the descriptions of the properties they speak of."""
    text = inspect.cleandoc(definition.get("description", ""))
    definition["description"] = text.partition("\n\nAttributes:\n")[0]
    for name, meaning in _meanings(text).items():
        definition["properties"][name] = {"description": meaning, **definition["properties"][name]}


def _fields(kind: type[msgspec.Struct]) -> Iterator[str]:
    text = inspect.getdoc(kind) or ""
    yield f"{text.partition(chr(10) * 2 + 'Attributes:')[0]}\n"
    yield "| field | needed | values | meaning |\n|---|---|---|---|"
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
