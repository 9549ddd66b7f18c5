"""One log line form for all programs: time, level, program, message; to stderr. No line shows a password."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from program.redaction import redacted

log = logging.getLogger(__name__)


class Redacting(logging.Filter):
    """Hides secrets in a record's message and trace, before a formatter sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record, and let it pass."""
        record.msg, record.args = redacted(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redacted(logging.Formatter().formatException(record.exc_info))
        record.exc_info = None
        if record.stack_info:
            record.stack_info = redacted(record.stack_info)
        return True


def set_up(program: str, *, level: str = "INFO") -> None:
    """Send this process's log to stderr, and with it what no code catches."""
    handler = logging.StreamHandler(sys.stderr)
    line = f"%(asctime)s.%(msecs)03d %(levelname)-7s {program} %(message)s"
    handler.setFormatter(logging.Formatter(line, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(Redacting())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    sys.excepthook = _log_defect
    threading.excepthook = lambda args: _log_defect(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def _log_defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A trace that Python would print by itself, with whatever is in its text."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("nobody caught this", exc_info=(kind, error, trace))
