"""What FFmpeg says when a camera or a file gives nothing, in a sentence that names the remedy."""

from __future__ import annotations

from typing import Final

import av.error

from edge.errors import SourceError

_LOGIN_PAUSE_S: Final = 900.0
"""Cameras lock an account, or the box's address, after some five wrong passwords within half an hour."""
_WAITED: Final = 0.9


def source_error(error: Exception, *, shown: str, waited_s: float, patience_s: float) -> SourceError:
    """One sentence, without the password that may stand in the address.

    Args:
        error: FFmpeg's, or the operating system's.
        shown: the source, as people may see it.
        waited_s: how long nothing had come when it was raised.
        patience_s: after which we give up ourselves.
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
