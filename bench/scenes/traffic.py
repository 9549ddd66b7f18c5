"""People and cars that pass, stop and stand: what must not be taken for left objects."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from bench.scenes.ground import HEIGHT, WIDTH, Generator, Surface


@dataclass(frozen=True, slots=True, kw_only=True)
class Passer:
    """A person or a car that crosses the picture, with a halt.

    Attributes:
        begins_s: enters the picture.
        speed: pixels a second.
        halt_s: how long it stands.
        halt_x: where.
        y: row of the feet.
        size: pixels of height (people) or length (cars).
        car: whether it is one.
        colour: blue, green, red.
    """

    begins_s: float
    speed: float
    halt_s: float
    halt_x: float
    y: float
    size: float
    car: bool
    colour: tuple[float, float, float]

    def x(self, at_s: float) -> float:
        """Column of its middle; outside the picture when it is not there."""
        since = at_s - self.begins_s
        if since < 0:
            return -1e6
        arrive = (self.halt_x + 100) / self.speed
        if since < arrive:
            return -100 + since * self.speed
        if since < arrive + self.halt_s:
            return self.halt_x
        return self.halt_x + (since - arrive - self.halt_s) * self.speed

    def draw(self, image: Surface, at_s: float, *, shaded: bool) -> None:
        """Draw into a float picture, with a shadow in the sun."""
        x = self.x(at_s)
        if not -self.size - 60 < x < WIDTH + self.size + 60:
            return
        if self.car:
            self._car(image, x, shaded=shaded)
        else:
            self._person(image, x, at_s, shaded=shaded)

    def _person(self, image: Surface, x: float, at_s: float, *, shaded: bool) -> None:
        high = self.size
        standing = abs(self.x(at_s + 0.1) - x) < 1e-6
        sway = (1.6 if standing else 4.0) * np.sin(at_s * (0.9 if standing else 6.0) + self.begins_s)
        swing = high * (0.03 if standing else 0.12 * np.sin(at_s * 7))
        foot, hip = (x, self.y), (x + sway * 0.3, self.y - high * 0.47)
        neck = (x + sway * 0.6, self.y - high * 0.82)
        if shaded:
            _dim(image, [foot, (x + high * 0.7, self.y + high * 0.12)], high * 0.14)
        thick = max(2, int(high * 0.09))
        for side in (-1, 1):
            _line(image, hip, (foot[0] + side * (swing + high * 0.05), foot[1]), (52, 48, 60), thick)
            hand = (neck[0] + side * high * 0.14 + swing * 0.5, hip[1] + 1.5 * np.sin(at_s * 1.3 + side))
            _line(image, neck, hand, self.colour, max(2, thick // 2))
        _line(image, hip, neck, self.colour, int(high * 0.2))
        head = (int(neck[0] + sway * 0.4), int(neck[1] - high * 0.08))
        cv2.circle(image, head, max(2, int(high * 0.075)), (110, 140, 185), -1, cv2.LINE_AA)

    def _car(self, image: Surface, x: float, *, shaded: bool) -> None:
        long, high = self.size, self.size * 0.36
        left, right, base = int(x - long / 2), int(x + long / 2), int(self.y)
        if shaded:
            _dim(image, [(left, base + 3), (right + long * 0.1, base + 3)], high * 0.25)
        cv2.rectangle(
            image,
            (left, int(base - high * 0.65)),
            (right, int(base - high * 0.12)),
            self.colour,
            -1,
            cv2.LINE_AA,
        )
        roof = [
            (left + long * 0.2, base - high * 0.6),
            (left + long * 0.3, base - high),
            (right - long * 0.25, base - high),
            (right - long * 0.12, base - high * 0.6),
        ]
        cv2.fillPoly(image, [np.array(roof).astype(np.int32)], (70, 62, 55), cv2.LINE_AA)
        for wheel in (left + long * 0.2, right - long * 0.2):
            cv2.circle(
                image,
                (int(wheel), int(base - high * 0.1)),
                max(2, int(high * 0.16)),
                (28, 28, 28),
                -1,
                cv2.LINE_AA,
            )


def passers(
    source: Generator, seconds: float, *, every_s: float = 18.0, over_y: float | None = None
) -> list[Passer]:
    """Who passes in so many seconds; with `over_y` some walk and drive right over that row."""
    result = []
    moment = float(source.uniform(0, every_s))
    while moment < seconds:
        car = bool(source.random() < 0.35)
        y = float(source.uniform(0.35, 0.98) * HEIGHT)
        if over_y is not None and source.random() < 0.5:
            y = over_y + float(source.uniform(-4, 12))
        result.append(
            Passer(
                begins_s=moment,
                speed=float(source.uniform(120, 240) if car else source.uniform(25, 55)),
                halt_s=float(source.choice([0, 0, 0, 4, 12])),
                halt_x=float(source.uniform(60, WIDTH - 60)),
                y=y,
                size=float(source.uniform(120, 170) if car else source.uniform(70, 110)),
                car=car,
                colour=(
                    float(source.uniform(20, 220)),
                    float(source.uniform(20, 220)),
                    float(source.uniform(20, 220)),
                ),
            )
        )
        moment += float(source.exponential(every_s)) + 1.0
    return result


def _line(
    image: Surface,
    one: tuple[float, float],
    other: tuple[float, float],
    colour: tuple[float, ...],
    thick: int,
) -> None:
    cv2.line(image, (int(one[0]), int(one[1])), (int(other[0]), int(other[1])), colour, thick, cv2.LINE_AA)


def _dim(image: Surface, ends: list[tuple[float, float]], thick: float) -> None:
    mask = np.zeros(image.shape[:2], np.uint8)
    (x1, y1), (x2, y2) = ends
    cv2.line(mask, (int(x1), int(y1)), (int(x2), int(y2)), 255, max(2, int(thick)), cv2.LINE_AA)
    image *= 1 - 0.45 * (mask.astype(np.float32) / 255.0)[:, :, None]
