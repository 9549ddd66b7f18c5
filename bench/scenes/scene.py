"""One synthetic scene: a place, its weather, its camera and its traffic; moments are asked for in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bench.scenes.actors import Actor
from bench.scenes.ground import CoverState, Ground, Surface, ground
from bench.scenes.lens import Flaw, Lens
from bench.scenes.traffic import passers
from bench.scenes.weather import DARK, Sky, Weather
from detectors.look import Image

_CLEAR_S = 60.0


class Scene:
    """A place in clear weather for a minute; then another weather sets in."""

    def __init__(
        self,
        *,
        seed: int,
        cover_px: float,
        weather: Weather,
        flaw: Flaw,
        seconds: float,
        standing: Sequence[Actor] = (),
    ) -> None:
        source = np.random.default_rng(seed)
        self.ground: Ground = ground(source, cover_px)
        self._sky = Sky(weather, source)
        self._clear = Sky("night" if weather in DARK else "clear", source)
        self._lens = Lens(flaw, source)
        self._shaded = weather not in DARK | {"cloud", "fog", "rain", "snow"}
        self._passers: list[Actor] = [*passers(source, seconds, over_y=self.ground.centre[1]), *standing]

    def surface(self, lay: Callable[[Surface], None] | None = None) -> Surface:
        """The place alone, by day or by night, without weather and without the flaws of the camera."""
        surface = self.ground.surfaces["ok"].copy()
        if lay is not None:
            lay(surface)
        return self._clear.over(surface, 0.0, self.ground.shaft["ok"])

    def picture(
        self, at_s: float, state: CoverState = "ok", lay: Callable[[Surface], None] | None = None
    ) -> Image:
        """The picture at a moment; moments must not go back. `lay` draws an object onto the ground."""
        surface = self.ground.surfaces[state].copy()
        if lay is not None:
            lay(surface)
        for passer in self._passers:
            passer.draw(surface, at_s, shaded=self._shaded)
        sky = self._sky if at_s >= _CLEAR_S else self._clear
        return self._lens.take(sky.over(surface, at_s - _CLEAR_S, self.ground.shaft[state]), at_s)
