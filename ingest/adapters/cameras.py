"""Settings that the adapters of cameras with analytics share: the place of each camera."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from wire.errors import PayloadError
from wire.messages import Latitude, Longitude


class Camera(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The place of a camera: messages of cameras carry none."""

    name: Annotated[
        str,
        Meta(min_length=1, max_length=200, description="The name of the camera in the messages."),
    ]
    lat: Latitude
    lon: Longitude
    id: Annotated[str, Meta(description="Our id of the camera; the name if left out.")] = ""

    @property
    def our_id(self) -> str:
        """The id under which its incidents are stored."""
        return self.id or self.name


def place_of(cameras: Iterable[Camera], name: str) -> Camera:
    """The camera of that name.

    Raises:
        PayloadError: no camera in the settings has that name.
    """
    for camera in cameras:
        if camera.name == name:
            return camera
    raise PayloadError(f"camera {name[:64]!r} has no place; add it under `cameras`")
