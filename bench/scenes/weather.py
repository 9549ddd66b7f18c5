"""Weather and lamps: how they change a picture over time."""

from __future__ import annotations

from typing import Final, Literal

import cv2
import numpy as np

from bench.scenes.ground import HEIGHT, WIDTH, Generator, Surface
from city.film import texture

Weather = Literal[
    "clear", "tree_shade", "building_shade", "cloud", "rain", "wet", "fog", "snow", "night", "rainy_night",
    "headlights", "glare",
]  # fmt: skip
WEATHERS: Final[tuple[Weather, ...]] = (
    "clear", "tree_shade", "building_shade", "cloud", "rain", "wet", "fog", "snow", "night", "rainy_night",
    "headlights", "glare",
)  # fmt: skip
DARK: Final = frozenset({"night", "rainy_night", "headlights"})
CANNOT_SEE: Final = frozenset({"fog", "rainy_night", "glare"})
"""Where no answer is asked for; only a wrong one is counted."""
_SNOW_BEGINS_S: Final = 60.0


class Sky:
    """One weather, as a function of the seconds since it set in."""

    def __init__(self, weather: Weather, source: Generator) -> None:
        self.weather = weather
        self.source = source
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        self._crown = texture.speckle(source, HEIGHT + 40, WIDTH + 40, ((8, 0.6), (24, 0.8))) > 0.1
        self._slope = float(source.uniform(-0.6, 0.6))
        self._edge = columns + self._slope * rows
        self._wet = np.clip(texture.speckle(source, HEIGHT, WIDTH, ((40, 0.4), (90, 0.5))) + 0.5, 0, 1)[
            :, :, None
        ]
        self._snow = texture.speckle(source, HEIGHT, WIDTH, ((6, 0.5), (30, 0.5)))[:, :, None]
        middle = np.hypot((columns - WIDTH / 2) / WIDTH, (rows - HEIGHT * 0.5) / HEIGHT)
        self._lamp = np.clip(1.15 - 0.9 * middle, 0.25, 1.2)[:, :, None].astype(np.float32)
        self._phase = float(source.uniform(0, 6.28))
        self._depth = float(source.uniform(0.45, 0.65))

    def over(self, ground: Surface, since_s: float, shaft: Surface) -> Surface:
        """The ground as it looks under this sky; (208, 352, 3), still float.

        Args:
            ground: (208, 352, 3) under an even sky.
            since_s: seconds since this weather set in.
            shaft: (208, 352, 1), 1 where a shaft is open: snow falls into it and does not lie there.
        """
        image = ground * 1.12
        if self.weather in DARK:
            return self._by_night(image, since_s)
        if self.weather in {"tree_shade", "building_shade", "cloud", "glare"}:
            return self._in_the_sun(image, since_s)
        return self._in_the_wet(image, since_s, shaft)

    def _in_the_sun(self, image: Surface, since_s: float) -> Surface:
        if self.weather == "tree_shade":
            right, down = round(10 + 8 * np.sin(since_s / 1.7)), round(10 + 6 * np.sin(since_s / 2.3 + 1))
            crown = self._crown[down : down + HEIGHT, right : right + WIDTH].astype(np.float32)
            shade = np.asarray(cv2.GaussianBlur(crown, (0, 0), 2.0), np.float32)[:, :, None]
            return np.asarray(image * (1 - (1 - self._depth) * shade), np.float32)
        if self.weather == "building_shade":
            border = WIDTH * (0.1 + 0.8 * min(1.0, since_s / 240.0))
            lit = np.where(self._edge < border, self._depth, 1.0)[:, :, None]
            return np.asarray(image * lit, np.float32)
        if self.weather == "cloud":
            wave = float(np.sin(since_s / 21.0 + self._phase))
            return np.asarray(image * (0.8 + 0.28 * wave), np.float32)
        return np.asarray(image * (1.4 + 2.2 * min(1.0, since_s / 15.0)), np.float32)  # glare

    def _in_the_wet(self, image: Surface, since_s: float, shaft: Surface) -> Surface:
        if self.weather in {"rain", "wet"}:
            image = np.asarray(image * (1 - 0.32 * min(1.0, since_s / 20.0) * self._wet), np.float32)
            return self._streaks(0.9 * image + 14, 90, 26) if self.weather == "rain" else image
        if self.weather == "fog":
            thick = 0.35 + 0.5 * min(1.0, since_s / 60.0)
            return np.asarray(image * (1 - thick) + 172 * thick, np.float32)
        if self.weather == "snow":
            grown = min(1.0, since_s / _SNOW_BEGINS_S)  # what lies there at once was dropped
            lies = 0.75 * grown * np.clip(self._snow - 1.1 + min(1.2, since_s / 130.0), 0, 1) * (1 - shaft)
            return self._streaks(image * (1 - lies) + 225 * lies, 70, 70, long=2)
        return image

    def _by_night(self, image: Surface, since_s: float) -> Surface:
        image = np.asarray(
            np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2) * self._lamp * 0.72, np.float32
        )
        if self.weather == "rainy_night":
            return self._streaks(image * (1 - 0.4 * self._wet) + 10, 220, 70)
        if self.weather == "headlights":
            x = ((since_s * 90 + self._phase * 200) % (3 * WIDTH)) - WIDTH
            rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
            beam = np.exp(-(((columns - x) / 120.0) ** 2) - ((rows - HEIGHT * 0.55) / 70.0) ** 2)
            return np.asarray(image * (1 + 1.6 * beam[:, :, None]), np.float32)
        return image

    def _streaks(self, image: Surface, count: int, light: float, long: int = 14) -> Surface:
        drops = np.zeros((HEIGHT, WIDTH), np.float32)
        for x, y in self.source.uniform((0, -10), (WIDTH, HEIGHT), (count, 2)):
            cv2.line(drops, (int(x), int(y)), (int(x) + 2, int(y) + long), light, 1, cv2.LINE_AA)
        return np.asarray(image + drops[:, :, None], np.float32)
