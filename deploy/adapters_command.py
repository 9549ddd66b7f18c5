"""`streetwarden adapters …`: shows how foreign messages are translated, before anything is connected."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import click
import msgspec

from deploy.capture import Captured, Form, read
from ingest.adapters.table import AnyAdapter, Table
from ingest.authority import Authority
from ingest.dry_run import DryRun, Outcome, Part, rfc3339
from ingest.settings import Settings
from program import settings
from program.errors import ProgramError

_INSTALLED: Final = Path("/etc/streetwarden/ingest.toml")
_FORMS: Final = ("text", "hex", "base64")
_LONGEST: Final = 160

_config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Settings of ingest with the [[adapters]] tables; by default {_INSTALLED}, if that file exists.",
)


@click.group()
def command() -> None:
    """Adapters for messages of foreign devices and gateways."""


@command.command(name="try")
@click.argument("file", type=click.File("r", encoding="utf-8", errors="surrogateescape"))
@_config
@click.option(
    "--payload",
    "form",
    type=click.Choice(_FORMS),
    default="text",
    show_default=True,
    help="The encoding of payloads in FILE: text, hexadecimal (mosquitto_sub -F '%t %x'), or base64.",
)
@click.option(
    "--at",
    "moment",
    type=float,
    help="The time of receipt of all messages, in epoch seconds; default: each message's own time in the "
    "capture (received_at, tst or time), else now.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each message.")
def try_command(
    *, file: TextIO, config: Path | None, form: Form, moment: float | None, as_json: bool
) -> None:
    """Show how each captured message in FILE (- for standard input) is translated, or why it is refused.

    A line of FILE is one message: a JSON object with topic and payload, as mosquitto_sub -F %j or %J
    prints it, or a topic, a blank and the payload, as mosquitto_sub -v prints it. The settings are those of
    ingest; nothing is stored, and neither a broker nor a database is needed. Duplicates, rules and cases are
    not shown, because they depend on the database.

    The exit status is 0 if every message was read as a whole or ignored, and 1 if a message, or a part of
    one, was refused, or no adapter reads its topic.
    """
    chosen = _settings(config)
    dry_run = DryRun(chosen.adapters, chosen.limits, Authority(chosen.sources))
    fates: Counter[str] = Counter()
    for captured in read(file, form=form):
        now = next((each for each in (moment, captured.received_at) if each is not None), time.time())
        outcome = dry_run.take(captured.topic, captured.payload, now=now, retained=captured.retained)
        fates[outcome.fate] += 1
        whole = outcome.fate == "read" and not outcome.reasons
        fates["partly refused"] += outcome.fate == "read" and not whole
        if as_json:
            click.echo(msgspec.json.encode(_fields(captured, outcome)))
        else:
            click.echo("\n".join(_lines(captured, outcome, chosen.adapters, now=now)))
    if not fates:
        raise ProgramError(f"{file.name} holds no message")
    if not as_json:
        click.echo(f"{fates.total() - fates['partly refused']} messages: " + _counts(fates))
    if fates["refused"] or fates["unknown topic"] or fates["partly refused"]:
        sys.exit(1)


@command.command(name="acl")
@_config
def acl_command(*, config: Path | None) -> None:
    """Print the lines of the broker's ACL that let ingest read the adapters' topics."""
    chosen = _settings(config)
    if not chosen.adapters:
        raise ProgramError("the settings have no [[adapters]]; ingest reads only our own topics")
    for line in acl_lines(chosen):
        click.echo(line)


def acl_lines(chosen: Settings) -> Iterator[str]:
    """Lines of Mosquitto's ACL file: each of ingest's two users, with the topics that this user must read."""
    table = Table(chosen.adapters)
    # By whether the topics are those of incidents: ingest reads them as another user.
    users = {False: chosen.broker.user or "center-ingest", True: chosen.incidents.user or "center-incidents"}
    for incidents, user in users.items():
        filters = table.filters(incidents=incidents)
        if filters:
            yield f"user {user}"
            yield from (f"topic read {each}" for each in filters)


def _settings(config: Path | None) -> Settings:
    if config is None:
        if not _INSTALLED.is_file():
            raise ProgramError(f"there is no {_INSTALLED}; give --config the settings file of ingest")
        config = _INSTALLED
    return settings.load(Settings, program="ingest", file=config, environment=os.environ)


def _counts(fates: Counter[str]) -> str:
    partly = f" ({fates['partly refused']} of them partly refused)" if fates["partly refused"] else ""
    others = (f"{fates[fate]} {fate}" for fate in ("ignored", "refused", "unknown topic") if fates[fate])
    return ", ".join((f"{fates['read']} read{partly}", *others))


def _fields(captured: Captured, outcome: Outcome) -> dict[str, Any]:
    return {"line": captured.line, "topic": captured.topic, **msgspec.to_builtins(outcome)}


def _lines(
    captured: Captured, outcome: Outcome, adapters: tuple[AnyAdapter, ...], *, now: float
) -> Iterator[str]:
    who = "" if outcome.adapter is None else f" by [[adapters]] {outcome.adapter} ({outcome.reads})"
    yield f"{captured.line}  {_printable(captured.topic)}  {outcome.fate}{who}"
    for part in outcome.parts:
        yield f"     {_row(part, now=now)}"
    for reason in outcome.reasons:
        yield f"     refused: {_printable(reason)}"
    if outcome.fate == "ignored":
        yield "     the message has nothing that ingest stores"
    elif outcome.fate == "unknown topic":
        filters = ", ".join(pattern for adapter in adapters for pattern in adapter.topics)
        known = f"those of the settings read {filters}" if filters else "the settings have no [[adapters]]"
        yield f"     no adapter reads this topic; {known}"


def _row(part: Part, *, now: float) -> str:
    ago = now - part.time
    when = f"{rfc3339(part.time)} ({'in ' if ago < 0 else ''}{_span(abs(ago))}{'' if ago < 0 else ' ago'})"
    values = " ".join(
        f"{name}={rfc3339(value) if name == 'began_at' else _short(value)}"
        for name, value in part.values.items()
    )
    flags = f"  flags {' '.join(part.flags)}" if part.flags else ""
    return f"{part.stream}  {part.kind}/{part.id}  {when}  {values}{flags}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return _printable(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _printable(text: str) -> str:
    """A text without control characters, for the terminal: devices choose topics, and reasons quote them."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
