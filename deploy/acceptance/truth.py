"""The true events in front of the simulated city's cameras."""

from __future__ import annotations

from pathlib import Path

import msgspec

from deploy.errors import DeployError


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One problem that begins and ends.

    Attributes:
        camera: the camera that sees it.
        type: the incident type.
        zone: of the camera, if the problem is not at a component.
        component: its 16-digit code, if the problem is at one.
        lat: latitude, degrees.
        lon: longitude, degrees.
        begins_s: seconds since the beginning of the camera's clip.
        ends_s: seconds since the beginning of the camera's clip.
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
        """Identifies a problem: there is one of each type at a component or in a zone."""
        return (self.type, self.camera, self.component or self.zone or "")


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    events: tuple[Happening, ...]


def read(city: Path) -> tuple[Happening, ...]:
    """Read a simulated city's `truth.json`.

    Raises:
        DeployError: the file is missing or malformed.
    """
    try:
        return msgspec.json.decode((city / "truth.json").read_bytes(), type=Truth).events
    except (OSError, msgspec.MsgspecError) as error:
        raise DeployError(f"{city} has no truth to hold cases against ({error}); give a made city") from None
