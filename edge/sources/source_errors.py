"""FFmpeg's errors about a camera or a file, as sentences that name the remedy."""

from __future__ import annotations

from typing import Final

import av.error

from edge.errors import SourceError

_LOGIN_PAUSE_S: Final = 900.0
"""Seconds. Cameras lock an account, or the box's address, after some five wrong passwords in half an hour."""
_WAITED: Final = 0.9


def source_error(error: Exception, *, shown: str, waited_s: float, patience_s: float) -> SourceError:
    """One sentence, without the password that the address may contain.

    Args:
        error: of FFmpeg or of the operating system.
        shown: the source, without its password.
        waited_s: seconds without data before the error.
        patience_s: seconds without data after which we give up.
    """
    if isinstance(error, av.error.HTTPUnauthorizedError):
        return SourceError(
            f"{shown} refuses the user or the password (401); correct them in the camera's "
            "`source` and restart "
            f"the box. The next attempt is in {_LOGIN_PAUSE_S / 60:.0f} minutes, because "
            "cameras lock accounts after failures",
            min_pause_s=_LOGIN_PAUSE_S,
        )
    if isinstance(error, av.error.HTTPForbiddenError):
        return SourceError(
            f"{shown} forbids this stream to this user (403); give the user the right to view live video",
            min_pause_s=_LOGIN_PAUSE_S,
        )
    if isinstance(error, av.error.HTTPNotFoundError):
        return SourceError(f"{shown} has no stream at this path (404); look up the camera's RTSP path")
    if isinstance(error, av.error.ExitError | av.error.TimeoutError) or waited_s >= _WAITED * patience_s:
        return SourceError(f"{shown} sent nothing for {max(waited_s, patience_s):.0f} s")
    if isinstance(error, av.error.InvalidDataError):
        return SourceError(f"{shown} cannot be read as video: it is damaged, cut off, or something else")
    said = getattr(error, "strerror", None) or type(error).__name__
    return SourceError(f"{shown}: {said}")
