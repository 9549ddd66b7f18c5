"""One log format for all programs, to stderr: one line for each entry, times in UTC, without passwords.

As text: time, level, program, message; as JSON: an object with the same. Line breaks and other control
characters are escaped, also in tracebacks: a message cannot look like several, and a name from outside cannot
control a terminal.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal

from program.redaction import redacted

log = logging.getLogger(__name__)

Form = Literal["text", "json"]

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; it is in each line that is logged meanwhile."""

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Redacting(logging.Filter):
    """Hides secrets in a record's message and traceback, before a formatter sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record, and let it pass."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a defect in a log call must not hide the message
            text = f"{record.msg} (with arguments that do not fit)"
        record.msg, record.args = redacted(text), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redacted(logging.Formatter().formatException(record.exc_info))
        record.exc_info = None
        if record.stack_info:
            record.stack_info = redacted(record.stack_info)
        return True


class _Entry(logging.Formatter):
    """The common part of both formats.

    Args:
        program: its name.
    """

    def __init__(self, program: str) -> None:
        super().__init__()
        self._program = program

    def _trace(self, record: logging.LogRecord) -> str:
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        return "\n".join(filter(None, (record.exc_text, record.stack_info)))


class TextEntry(_Entry):
    """`2026-11-30T02:54:40.123Z WARNING center [request] message | trace`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        parts = [when(record.created), f"{record.levelname:<7}", self._program]
        if current := request_id.get():
            parts.append(f"[{current}]")
        parts.append(record.getMessage())
        if trace := self._trace(record):
            parts.append(f"| {trace}")
        return one_line(" ".join(parts))


class JsonEntry(_Entry):
    """An object with time, level, program, logger, message, and, if present, request_id and trace."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; JSON escapes control characters."""
        entry = {
            "time": when(record.created),
            "level": record.levelname,
            "program": self._program,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := request_id.get():
            entry["request_id"] = current
        if trace := self._trace(record):
            entry["trace"] = trace
        return json.dumps(entry)


class _ToStderr(logging.StreamHandler):  # type: ignore[type-arg]
    """The handler of `set_up`, a type of its own so that it can be recognised."""


def set_up(program: str, *, level: str = "INFO", form: Form = "text") -> None:
    """Send this process's log to stderr, including uncaught exceptions."""
    handler = _ToStderr(sys.stderr)
    handler.setFormatter(JsonEntry(program) if form == "json" else TextEntry(program))
    handler.addFilter(Redacting())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_defect
    threading.excepthook = lambda args: _log_defect(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def is_set_up() -> bool:
    """Whether this process's log goes to stderr in our format."""
    return any(isinstance(handler, _ToStderr) for handler in logging.getLogger().handlers)


def when(seconds: float) -> str:
    """A time in the log: RFC 3339, UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def one_line(text: str) -> str:
    r"""The text with line breaks and other control characters as `\n`, `\x1b` and so on."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _log_defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log an uncaught exception, which Python would print without escapes."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("uncaught exception", exc_info=(kind, error, trace))
