"""Who moves through made scenes beside `traffic.py`: people who wait, queues, carts, buses and trains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

import cv2
import numpy as np

from bench.scenes.ground import HEIGHT, WIDTH, Surface
from bench.scenes.traffic import Passer

Colour = tuple[float, float, float]
Held = Literal["nothing", "umbrella", "balloons", "phone"]

_STIRS_S: Final = 11.0
_AWAY: Final = -1e6


class Actor(Protocol):
    """Somebody or something in front of the ground."""

    def draw(self, image: Surface, at_s: float, *, shaded: bool) -> None:
        """Draw into a float picture, with a shadow in the sun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A person who walks in, stands for minutes, shifts the weight now and then, and walks off.

    Attributes:
        body: who walks in, stands and walks off.
        held: what the person holds.
        seed: of the small movements.
    """

    body: Passer
    held: Held = "nothing"
    seed: int = 0

    def draw(self, image: Surface, at_s: float, *, shaded: bool) -> None:
        """Draw the person; one who stands steps aside by a few pixels now and then."""
        x = self.body.x(at_s)
        if not -WIDTH < x < 2 * WIDTH:
            return
        aside = 0.0
        if abs(self.body.x(at_s + 0.1) - x) < 1e-6:
            chosen = np.random.default_rng([self.seed, int(at_s / _STIRS_S)])
            aside = float(chosen.uniform(-0.04, 0.04) * self.body.size)
        replace(self.body, halt_x=self.body.halt_x + aside).draw(image, at_s, shaded=shaded)
        self._draw_held(image, x + aside, at_s)

    def _draw_held(self, image: Surface, x: float, at_s: float) -> None:
        high, head_y = self.body.size, self.body.y - self.body.size
        if self.held == "umbrella":
            sway = 2.0 * np.sin(at_s * 0.7 + self.seed)
            middle = (int(x + sway), int(head_y))
            cv2.ellipse(image, middle, (int(high * 0.32), int(high * 0.16)), 0, 180, 360, (60, 50, 150), -1)
        elif self.held == "balloons":
            for number in range(3):
                turn = at_s * (0.8 + 0.2 * number) + self.seed + 2 * number
                there = (
                    x + high * (0.25 + 0.08 * np.sin(turn) + 0.1 * number),
                    head_y - high * (0.15 + 0.06 * np.cos(1.3 * turn) + 0.08 * (number % 2)),
                )
                colour = ((40, 40, 200), (40, 190, 220), (190, 120, 40))[number]
                axes = (max(2, int(high * 0.09)), max(2, int(high * 0.11)))
                cv2.ellipse(image, (int(there[0]), int(there[1])), axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
        elif self.held == "phone":
            middle = (int(x + high * 0.1), int(self.body.y - high * 0.62))
            cv2.circle(image, middle, max(1, int(high * 0.02)), (230, 220, 200), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """People in a row who move up by one place each `pace_s`; the first leaves, and another comes.

    Attributes:
        begins_s: when it forms.
        ends_s: when it breaks up.
        x: column of the first, pixels.
        y: row of the feet.
        size: height of a person, pixels.
        pace_s: how long each waits at a place.
        people: how many stand in it.
        seed: of clothes and movements.
    """

    begins_s: float
    ends_s: float
    x: float
    y: float
    size: float
    pace_s: float
    people: int
    seed: int

    def draw(self, image: Surface, at_s: float, *, shaded: bool) -> None:
        """Draw each person at the place of this moment."""
        if not self.begins_s <= at_s < self.ends_s:
            return
        moved = (at_s - self.begins_s) / self.pace_s
        for place in range(self.people, -1, -1):
            person = int(moved) + place
            steps = min(1.0, (moved % 1.0) * self.pace_s / 2.0)  # two seconds to move up
            x = self.x + (place + 1 - steps) * 0.42 * self.size
            chosen = np.random.default_rng([self.seed, person])
            colour = chosen.uniform(20, 220, 3)
            standing = Passer(
                begins_s=at_s - (x + 100) / 40.0 - 1.0, speed=40.0, halt_s=1e6, halt_x=x,
                y=self.y, size=self.size, car=False,
                colour=(float(colour[0]), float(colour[1]), float(colour[2])),
            )  # fmt: skip
            standing.draw(image, at_s, shaded=shaded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """A hand cart that somebody pushes in, and perhaps away again.

    Attributes:
        begins_s: when it stands.
        leaves_s: when it is pushed on; infinite if it is left.
        x: column of its middle while it stands.
        y: row of its wheels.
        size: its length, pixels.
        colour: of its load.
        attended: whether the person stays beside it.
    """

    begins_s: float
    leaves_s: float
    x: float
    y: float
    size: float
    colour: Colour
    attended: bool

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Where it stands: left, top, right, bottom."""
        return self.x - self.size / 2, self.y - 0.55 * self.size, self.x + self.size / 2, self.y

    def draw(self, image: Surface, at_s: float, *, shaded: bool) -> None:
        """Draw cart and person."""
        x = self._at(at_s)
        left, right, foot = int(x - self.size / 2), int(x + self.size / 2), self.y
        top, bed = int(foot - 0.55 * self.size), int(foot - 0.25 * self.size)
        cv2.rectangle(image, (left, bed), (right, int(foot - 0.12 * self.size)), (60, 62, 66), -1)
        cv2.rectangle(image, (left + 3, top), (right - 3, bed), self.colour, -1)
        cv2.rectangle(image, (left + 3, top), (right - 3, top + 3), (200, 200, 205), -1)
        for wheel in (left + 0.2 * self.size, right - 0.2 * self.size):
            middle = (int(wheel), int(foot - 0.08 * self.size))
            cv2.circle(image, middle, max(2, int(0.08 * self.size)), (25, 25, 25), -1)
        self._draw_person(image, at_s, x, shaded=shaded)

    def _at(self, at_s: float) -> float:
        if at_s < self.begins_s:
            return self.x - 35.0 * (self.begins_s - at_s)
        return self.x + 35.0 * max(0.0, at_s - self.leaves_s)

    def _draw_person(self, image: Surface, at_s: float, x: float, *, shaded: bool) -> None:
        beside = x - 0.8 * self.size
        if not self.attended and at_s > self.begins_s + 5.0:
            beside = self.x - 0.8 * self.size - 30.0 * (at_s - self.begins_s - 5.0)
        person = Passer(
            begins_s=at_s - (beside + 100) / 40.0 - 1.0, speed=40.0, halt_s=1e6, halt_x=beside,
            y=self.y + 2, size=1.4 * self.size, car=False, colour=(70, 90, 60),
        )  # fmt: skip
        if beside > -100:
            person.draw(image, at_s, shaded=shaded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """A bus or train that drives through, and may halt.

    Attributes:
        begins_s: when its front enters.
        halt_s: how long it halts in the middle of the picture.
        speed: pixels a second.
        foot: row of its lower edge.
        high: its height, pixels.
        long: its length, pixels.
        colour: of its side.
        lights: share of light that its windows throw onto the ground below it.
    """

    begins_s: float
    halt_s: float
    speed: float
    foot: float
    high: float
    long: float
    colour: Colour
    lights: float = 0.0

    def right(self, at_s: float) -> float:
        """Column of its front; far outside when it is not there."""
        since = at_s - self.begins_s
        if since < 0:
            return _AWAY
        halts_at = 0.5 * (WIDTH + self.long)
        arrive = halts_at / self.speed
        if since < arrive:
            return since * self.speed
        return halts_at + max(0.0, since - arrive - self.halt_s) * self.speed

    def draw(self, image: Surface, at_s: float, *, shaded: bool) -> None:
        """Draw its side with windows, and the light that it throws."""
        del shaded
        right = self.right(at_s)
        left = right - self.long
        if right < 0 or left > WIDTH:
            return
        top, foot = int(self.foot - self.high), int(self.foot)
        first, last = max(0, int(left)), min(WIDTH, int(right))
        if self.lights:
            rows = np.arange(HEIGHT, dtype=np.float32)[foot:, None, None] - foot
            image[foot:, first:last] *= 1 + self.lights * np.exp(-rows / (0.4 * HEIGHT))
        cv2.rectangle(image, (int(left), top), (int(right), foot), self.colour, -1)
        pane = self.high * 0.5
        for number in range(int(self.long / pane)):
            x = left + (number + 0.15) * pane
            corner = (int(x + 0.7 * pane), int(top + 0.5 * self.high))
            tone = (200, 190, 170) if self.lights else (60, 52, 48)
            cv2.rectangle(image, (int(x), int(top + 0.18 * self.high)), corner, tone, -1)
