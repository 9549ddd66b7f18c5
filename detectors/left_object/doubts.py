"""How long a blob must be classified as an object before it is one: doubt costs time."""

from __future__ import annotations

from dataclasses import dataclass

from detectors.left_object.settings import LeftObjectSettings
from detectors.places import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """What speaks against a blob that is classified as an object now.

    Attributes:
        blurred: whether somebody has moved in or above it, or a shaking camera blurs its colour.
        near_swaying: whether it has swayed, or a blob that lies in it or around it.
        swayed_s: for how long it has swayed itself, seconds.
        cut_share: its share of the cut, 0 to 1.
        alone: as in `Evidence`.
        light: as in `Evidence`.
    """

    blurred: bool = False
    near_swaying: bool = False
    swayed_s: float = 0.0
    cut_share: float = 0.0
    alone: float = 1.0
    light: float = 0.0

    def needed_s(self, dwell_s: float, purpose: Purpose, settings: LeftObjectSettings) -> float:
        """How long it must be an object without a break, seconds."""
        needed_s = settings.sure_share * dwell_s
        if self.blurred:
            needed_s = settings.sure_share_swayed * dwell_s
        if self.near_swaying:
            still_s = max(settings.still_least_s, settings.sure_share_swayed * dwell_s)
            needed_s = still_s + min(still_s, settings.still_for_swayed * self.swayed_s)
        if self.cut_share > settings.large_share and purpose is not Purpose.VEHICLE:
            needed_s = max(needed_s, settings.sure_share_large * dwell_s)
        if self.alone < settings.alone_min:
            like_ground = self.light > settings.light_max_crowded
            share = settings.sure_share_crowded_like_ground if like_ground else settings.sure_share_crowded
            needed_s = max(needed_s, settings.crowded_least_s, share * dwell_s)
        return needed_s
