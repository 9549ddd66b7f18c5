"""People: figures with round limbs that walk, stand, talk, ride, or bend down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from city.film.canvas import Canvas, Colour
from city.film.view import Points

_SKIN: Final[Colour] = (120, 150, 190)
_HAIR: Final[Colour] = (28, 26, 30)
_WHITE: Final[Colour] = (225, 228, 230)
_STRIDE_M: Final = 1.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """A person's appearance: height in metres, and the colours of clothes."""

    height_m: float
    shirt: Colour
    trousers: Colour
    vest: Colour | None = None
    bag: Colour | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """A person's place and posture.

    Attributes:
        x: scene metres.
        y: scene metres.
        heading: radians, 0 towards +x, counter-clockwise.
        travelled_m: distance walked so far; drives the legs.
        pace: 0 standing to 1 walking.
        bend: 0 upright to 1 bent to the ground.
        gesture: seconds of talking with the hands; 0 for none.
    """

    x: float
    y: float
    heading: float
    travelled_m: float = 0.0
    pace: float = 1.0
    bend: float = 0.0
    gesture: float = 0.0


def draw(canvas: Canvas, looks: Looks, pose: Pose) -> None:
    """Draw one person with their shadow."""
    joints = _joints(looks, pose)
    size = looks.height_m / 1.7
    if canvas.light.shadow_depth > 0:
        canvas.shadow(bars=(joints, [(a, b, r * size) for a, b, r in _SHADOW_BARS]))
    tone = canvas.tone
    trousers, dark = (tone(looks.trousers, pose.x, pose.y, s) for s in (1.0, 0.72))
    shirt, shirt_dark = (tone(looks.shirt, pose.x, pose.y, s) for s in (1.0, 0.7))
    skin = tone(_SKIN, pose.x, pose.y)
    shoes = tone((40, 40, 44), pose.x, pose.y)
    far, near = (0, 1) if _is_left_far(pose, canvas) else (1, 0)
    legs = {0: (2, 4, 6), 1: (3, 5, 7)}
    arms = {0: (9, 11, 13), 1: (10, 12, 14)}
    links: list[tuple[int, int, float, Colour]] = []
    for side, cloth, sleeve in ((far, dark, shirt_dark), (near, trousers, shirt)):
        hip, knee, foot = legs[side]
        shoulder, elbow, hand = arms[side]
        toe = 15 + side
        if side == far:
            links += [(shoulder, elbow, 0.052 * size, sleeve), (elbow, hand, 0.04 * size, skin)]
        links += [
            (hip, knee, 0.085 * size, cloth),
            (knee, foot, 0.062 * size, cloth),
            (foot, toe, 0.05 * size, shoes),
        ]
    links += [
        (2, 3, 0.10 * size, shirt_dark),
        (0, 8, 0.155 * size, shirt_dark),
        (9, 10, 0.09 * size, shirt),
        (1, 8, 0.13 * size, shirt),
    ]
    if looks.vest is not None:
        links += [
            (1, 8, 0.14 * size, tone(looks.vest, pose.x, pose.y)),
            (1, 1, 0.07 * size, tone(_WHITE, pose.x, pose.y)),
        ]
    if looks.bag is not None:
        links.append((13, 19, 0.11 * size, tone(looks.bag, pose.x, pose.y)))
    shoulder, elbow, hand = arms[near]
    links += [
        (8, 17, 0.055 * size, skin),
        (shoulder, elbow, 0.055 * size, shirt),
        (elbow, hand, 0.042 * size, skin),
    ]
    canvas.strokes(joints, links)
    canvas.ball(joints[17], 0.098 * size, skin, squeeze=1.2)
    canvas.ball(joints[18], 0.1 * size, tone(_HAIR, pose.x, pose.y), squeeze=0.95)


_SHADOW_BARS: Final = (
    (2, 4, 0.09), (4, 6, 0.07), (3, 5, 0.09), (5, 7, 0.07), (0, 8, 0.19), (9, 11, 0.06), (11, 13, 0.05),
    (10, 12, 0.06), (12, 14, 0.05), (8, 17, 0.09), (17, 18, 0.11),
)  # fmt: skip


def _is_left_far(pose: Pose, canvas: Canvas) -> bool:
    """Whether the left side is the one away from the camera."""
    del canvas
    return math.cos(pose.heading) > 0


def _joints(looks: Looks, pose: Pose) -> Points:
    """(20, 3): pelvis, chest, hips, knees, feet, neck, shoulders, elbows, hands, toes, head, hair, bag."""
    size = looks.height_m / 1.7
    phase = math.tau * pose.travelled_m / _STRIDE_M
    swing = 0.48 * pose.pace
    hip_z = 0.9 - 0.42 * pose.bend
    local = np.zeros((20, 3))  # forward, left, up
    local[0] = (0, 0, hip_z)
    lean = 0.04 * pose.pace + 0.55 * pose.bend
    local[1] = (lean * 0.5, 0, hip_z + 0.32 - 0.12 * pose.bend)
    local[8] = (lean, 0, hip_z + 0.55 - 0.25 * pose.bend)
    for side, sign in ((0, 1.0), (1, -1.0)):
        angle = swing * math.sin(phase + (0 if side == 0 else math.pi))
        lift = max(0.0, math.cos(phase + (0 if side == 0 else math.pi))) * 0.45 * pose.pace
        knee_angle = angle + 0.25 * lift + 1.1 * pose.bend * (1 if side == 0 else 0.5)
        shin_angle = angle - lift - 0.12 * pose.pace - 0.9 * pose.bend
        local[2 + side] = (0, 0.09 * sign, hip_z)
        local[4 + side] = local[2 + side] + (0.43 * math.sin(knee_angle), 0, -0.43 * math.cos(knee_angle))
        local[6 + side] = local[4 + side] + (0.42 * math.sin(shin_angle), 0, -0.42 * math.cos(shin_angle))
        local[6 + side, 2] = max(0.05, local[6 + side, 2])
        local[15 + side] = local[6 + side] + (0.14, 0, -0.01)
        back = -0.9 * angle + 0.9 * pose.bend
        hand = back + 0.3 + (0.9 + 0.5 * math.sin(3.1 * pose.gesture + side)) * (pose.gesture > 0)
        local[9 + side] = local[8] + (0, 0.19 * sign, -0.05)
        local[11 + side] = local[9 + side] + (0.28 * math.sin(back), 0.04 * sign, -0.28 * math.cos(back))
        local[13 + side] = local[11 + side] + (0.26 * math.sin(hand), 0, -0.26 * math.cos(hand))
    local[17] = local[8] + (0.05 + 0.1 * pose.bend, 0, 0.19)
    local[18] = local[17] + (-0.025, 0, 0.055)
    local[19] = local[13] + (0, 0, -0.22)
    local *= size
    forward = np.array([math.cos(pose.heading), math.sin(pose.heading), 0.0])
    left = np.array([-math.sin(pose.heading), math.cos(pose.heading), 0.0])
    world: Points = local[:, :1] * forward + local[:, 1:2] * left
    world[:, 2] = local[:, 2]
    world += (pose.x, pose.y, 0.0)
    return world
