"""Turns FFmpeg's errors of a camera or a file into sentences that name the remedy."""

from __future__ import annotations

from typing import Final

import av.error

from edge.errors import SourceError

_LOGIN_PAUSE_S: Final = 900.0
"""Pause after a wrong password, because many cameras lock an account after five of them in half an hour."""
_WAITED: Final = 0.9


def source_error(error: Exception, *, shown: str, waited_s: float, patience_s: float) -> SourceError:
    """One sentence, without the password that may stand in the address.

    Args:
        error: the error of FFmpeg or of the operating system.
        shown: the address of the source without its secrets.
        waited_s: seconds without data before the error was raised.
        patience_s: seconds without data after which we give up ourselves.
    """
    if isinstance(error, av.error.HTTPUnauthorizedError):
        return SourceError(
            f"{shown} refuses the user or the password (401); correct them in the camera's `source`, restart "
            f"the box. It is asked again in {_LOGIN_PAUSE_S / 60:.0f} minutes: cameras lock who asks often",
            least_pause_s=_LOGIN_PAUSE_S,
        )
    if isinstance(error, av.error.HTTPForbiddenError):
        return SourceError(
            f"{shown} forbids this stream to this user (403); give the user the right to view live video",
            least_pause_s=_LOGIN_PAUSE_S,
        )
    if isinstance(error, av.error.HTTPNotFoundError):
        return SourceError(f"{shown} has no stream at this path (404); look up its RTSP path")
    if isinstance(error, av.error.ExitError | av.error.TimeoutError) or waited_s >= _WAITED * patience_s:
        return SourceError(f"{shown} sent nothing for {max(waited_s, patience_s):.0f} s")
    if isinstance(error, av.error.InvalidDataError):
        return SourceError(f"{shown} cannot be read as video: it is damaged, cut off, or something else")
    said = getattr(error, "strerror", None) or type(error).__name__
    return SourceError(f"{shown}: {said}")
