"""What a detector's threshold means: its unit, what it separates, and where its value came from.

Every field of a detector's settings is annotated with a `Threshold`; `streetwarden replay --explain` prints
them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, get_type_hints

DEFINITION: Final = "follows from how the figure is defined"
COST: Final = "a compromise between processor time and delay"
UNRECORDED: Final = "chosen by trial during development; no measurement was kept"
DEVELOPMENT_SCENES: Final = "trials on synthetic scenes, development seeds only"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The description of one setting; stands in the setting's `Annotated` type.

    Attributes:
        unit: unit of the value, such as `s` or `share of the zone's pixels`.
        meaning: what is decided by the value: what holds above it, or below it.
        origin: how the value was chosen: by a measurement, a definition, or trial.
    """

    unit: str
    meaning: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedSetting:
    """One setting with its value.

    Attributes:
        name: name of the settings object and of the setting, such as `left_object.learn_s`.
        value: the value in use.
        threshold: its description.
    """

    name: str
    value: Any
    threshold: Threshold


def explained(settings: Any, prefix: str = "") -> Iterator[ExplainedSetting]:
    """All settings of a dataclass and of the dataclasses in it, in the order of definition.

    Raises:
        TypeError: a field has no `Threshold`.
    """
    hints = get_type_hints(type(settings), include_extras=True)
    for each in fields(settings):
        value, name = getattr(settings, each.name), f"{prefix}{each.name}"
        if is_dataclass(value):
            yield from explained(value, f"{name}.")
            continue
        found = [one for one in getattr(hints[each.name], "__metadata__", ()) if isinstance(one, Threshold)]
        if not found:
            raise TypeError(f"{name} has no Threshold; annotate it with its unit, meaning and origin")
        yield ExplainedSetting(name=name, value=value, threshold=found[0])
