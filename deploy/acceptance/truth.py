"""What really happens in front of the simulated city's cameras."""

from __future__ import annotations

from pathlib import Path

import msgspec

from deploy.errors import DeployError


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that goes wrong, and is put right.

    Attributes:
        camera: that sees it.
        type: what it is, as incidents say it.
        zone: where in the picture, if it is no component.
        component: its 16-digit code, if it is one.
        lat: latitude, degrees.
        lon: longitude, degrees.
        begins_s: since the beginning of the camera's clip.
        ends_s: likewise.
    """

    camera: str
    type: str
    zone: str | None = None
    component: str | None = None
    lat: float
    lon: float
    begins_s: float
    ends_s: float

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells one problem from another: at a component or in a zone there is one of a type."""
        return (self.type, self.camera, self.component or self.zone or "")


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    events: tuple[Happening, ...]


def read(city: Path) -> tuple[Happening, ...]:
    """Read a made city's `truth.json`.

    Raises:
        DeployError: there is none.
    """
    try:
        return msgspec.json.decode((city / "truth.json").read_bytes(), type=Truth).events
    except (OSError, msgspec.MsgspecError) as error:
        raise DeployError(f"{city} has no truth to hold cases against ({error}); give a made city") from None
