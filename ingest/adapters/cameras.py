"""The settings that adapters of analysing cameras share: the place of each camera."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from wire.errors import PayloadError
from wire.messages import Latitude, Longitude


class Camera(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a camera stands: messages of cameras carry no place."""

    name: Annotated[
        str,
        Meta(min_length=1, max_length=200, description="What its server, or the camera itself, calls it."),
    ]
    lat: Latitude
    lon: Longitude
    id: Annotated[str, Meta(description="Our id of it; its name if left out.")] = ""

    @property
    def our_id(self) -> str:
        """The id under which its incidents are stored."""
        return self.id or self.name


def place_of(cameras: Iterable[Camera], name: str) -> Camera:
    """The camera of that name.

    Raises:
        PayloadError: the settings have none.
    """
    for camera in cameras:
        if camera.name == name:
            return camera
    raise PayloadError(f"camera {name[:64]!r} has no place; add it under `cameras`")
