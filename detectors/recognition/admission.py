"""Asked before an incident in a zone begins: does it begin, and what is it?

Pure: what the model sees comes in through `Recogniser`, the time with each look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Protocol

from detectors.ground import Box
from detectors.look import Image, Look
from detectors.observations import Observation
from detectors.places import Purpose, Zone
from detectors.recognition.sightings import (
    ANIMALS,
    PERSON,
    VEHICLES,
    Sighting,
    stands_before,
    words_about,
)
from detectors.thresholds import COST, DEFINITION, UNRECORDED, Threshold

_MIN_PAUSE_S: Final = 20.0
"""After this time the detector has certainly noticed that an object has gone."""


class Recogniser(Protocol):
    """Sees what stands in a part of a picture."""

    def around(self, image: Image, box_px: Box) -> list[Sighting] | None:
        """What it sees in and around a box, in pixels of the picture; None if it cannot be asked now."""


class Veto(Protocol):
    """A city's own model that can refuse an incident."""

    def refuses(self, purpose: Purpose, image: Image, box_px: Box) -> bool:
        """Whether the box holds no object that the zone looks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionSettings:
    """When a model's words are believed; each annotation gives unit, meaning and origin."""

    stall: Annotated[tuple[str, ...], Threshold("names", "what is no stall", DEFINITION)] = (
        PERSON, *sorted(ANIMALS | VEHICLES),
    )  # fmt: skip
    goods: Annotated[tuple[str, ...], Threshold("names", "what are no goods", DEFINITION)] = (
        PERSON, *sorted(ANIMALS | VEHICLES),
    )  # fmt: skip
    vehicle: Annotated[tuple[str, ...], Threshold("names", "what is no vehicle", DEFINITION)] = (
        PERSON, *sorted(ANIMALS),
    )  # fmt: skip
    least: Annotated[
        float, Threshold("score, 0 to 1", "from here on a word refuses, or names the object", UNRECORDED)
    ] = 0.5
    least_swaying: Annotated[
        float, Threshold("score, 0 to 1", "the same for a person, if the object sways too", UNRECORDED)
    ] = 0.35
    sways: Annotated[
        float, Threshold("working px", "from here on the object's sway speaks for a person", UNRECORDED)
    ] = 0.12
    looks: Annotated[int, Threshold("looks", "how many are shown to the model", COST)] = 3
    sells_after_s: Annotated[
        float, Threshold("s", "a vehicle that sells must have stood for so long to be a stall", DEFINITION)
    ] = 300.0
    sells_for_s: Annotated[
        float, Threshold("s", "and for so long somebody must have stood before it", DEFINITION)
    ] = 60.0
    sells_answers: Annotated[
        int, Threshold("answers", "in so many of the model's answers, one after the other", DEFINITION)
    ] = 3

    def refuses(self, purpose: Purpose, name: str) -> bool:
        """Whether an object of this name is none that a zone of this purpose looks for."""
        names = {Purpose.STALL: self.stall, Purpose.GOODS: self.goods, Purpose.VEHICLE: self.vehicle}
        return name in names[purpose]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What the model calls an object.

    Attributes:
        name: one of `sightings.NAMES`.
        score: 0 to 1.
    """

    name: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The answer about an incident that is about to begin.

    Attributes:
        begins: whether it begins now.
        again_at_s: from when on it may be asked about again, if it does not begin.
        word: what the model calls the object, if it calls it anything.
        refused: whether the model, or the city's own, has refused the object with this look.
    """

    begins: bool
    again_at_s: float
    word: Word | None = None
    refused: bool = False


@dataclass(slots=True)
class _Asked:
    """What is known of one object.

    Attributes:
        looks: how many the model has been shown since the last answer.
        words: name → its scores in them.
        refused: whether the object was refused and has not been accepted since.
        attended: whether somebody stood before it in a look since the last answer.
        served_s: moments of the last answers in a row in which it was a vehicle, and attended.
    """

    looks: int = 0
    words: dict[str, list[float]] = field(default_factory=dict)
    refused: bool = False
    attended: bool = False
    served_s: list[float] = field(default_factory=list)


class Admissions:
    """Decides on the incidents of one camera's zones that are about to begin.

    After a refused person has walked off, the zone still counts as occupied for a few looks, which show
    nobody whom a model could refuse. An object that was refused once must therefore be accepted twice, far
    enough apart.

    Args:
        recogniser: the model that tells what things are; None: nobody is asked.
        veto: the city's own model; None likewise.
        settings: when words are believed.
    """

    def __init__(
        self, recogniser: Recogniser | None, veto: Veto | None, settings: RecognitionSettings
    ) -> None:
        self._recogniser = recogniser
        self._veto = veto
        self._settings = settings
        self._asked: dict[tuple[str, int], _Asked] = {}

    def forget(self, gone: set[tuple[str, int]]) -> None:
        """These objects have gone; one that comes to their place is another."""
        for key in gone & self._asked.keys():
            del self._asked[key]

    def admit(self, zone: Zone, row: Observation, look: Look) -> Admission:
        """Whether the incident of a row begins with this look."""
        if self._recogniser is None and self._veto is None:
            return Admission(begins=True, again_at_s=look.at_s)
        key = (row.place, row.object_number)
        asked = self._asked.setdefault(key, _Asked())
        later_s = look.at_s + max(zone.dwell_s, _MIN_PAUSE_S)
        is_enough = self._show(asked, row, look)
        word = best_word(settled(asked.words), row, self._settings)
        refused = word is not None and self._settings.refuses(zone.purpose, word.name)
        if not refused and not is_enough:
            return Admission(begins=False, again_at_s=look.at_s)
        if refused and self._sells(asked, zone, row, look.at_s, word):
            del self._asked[key]
            return Admission(begins=True, again_at_s=look.at_s, word=word)
        asked.looks, asked.words, asked.attended = 0, {}, False
        if not refused and self._veto is not None:
            refused = self._veto.refuses(zone.purpose, look.image, row.box_px)
        if refused or asked.refused:
            asked.refused = refused
            return Admission(
                begins=False, again_at_s=later_s, word=word if refused else None, refused=refused
            )
        del self._asked[key]
        return Admission(begins=True, again_at_s=look.at_s, word=word)

    def _sells(self, asked: _Asked, zone: Zone, row: Observation, at_s: float, word: Word | None) -> bool:
        """Note an answer that refuses; whether the object is a vehicle that sells, and so a stall."""
        if zone.purpose is not Purpose.STALL or word is None or word.name not in VEHICLES:
            return False
        asked.served_s = [*asked.served_s, at_s] if asked.attended else []
        return is_selling(asked.served_s, at_s - row.since_s, self._settings)

    def _show(self, asked: _Asked, row: Observation, look: Look) -> bool:
        """Show the model one more look; return whether it has seen enough, or cannot be asked."""
        if self._recogniser is None:
            return True
        seen = self._recogniser.around(look.image, row.box_px)
        if seen is None:
            return True
        asked.looks += 1
        asked.attended |= any(stands_before(each, row.box_px) for each in seen)
        for name, score in words_about(seen, row.box_px).items():
            asked.words.setdefault(name, []).append(score)
        return asked.looks >= self._settings.looks


def settled(scores: Mapping[str, list[float]]) -> dict[str, float]:
    """Name → the score that counts after some looks.

    Of a person that is the best one, because people are overlooked more often than seen where nobody is. Of
    anything else it is the second best: a word that only one look has says little.
    """
    return {
        name: max(found) if name == PERSON else sorted(found)[-2]
        for name, found in scores.items()
        if name == PERSON or len(found) > 1
    }


def is_selling(served_s: Sequence[float], stays_s: float, settings: RecognitionSettings) -> bool:
    """Whether a vehicle is a stall: it stands for long, and somebody stood before it all the while.

    Args:
        served_s: moments of the last answers in a row in which somebody did.
        stays_s: for how long it has stood, seconds.
        settings: the limits.
    """
    return (
        len(served_s) >= settings.sells_answers
        and served_s[-1] - served_s[0] >= settings.sells_for_s
        and stays_s >= settings.sells_after_s
    )


def best_word(words: Mapping[str, float], row: Observation, settings: RecognitionSettings) -> Word | None:
    """The word that is believed: the surest one, if it is sure enough.

    The detector's own evidence counts too: less is needed for a person if the object sways.
    """
    if not words:
        return None
    name = max(words, key=lambda each: words[each])
    swaying = name == PERSON and row.cues.get("sway", 0.0) >= settings.sways
    least = settings.least_swaying if swaying else settings.least
    return Word(name=name, score=words[name]) if words[name] >= least else None


def strengthened(confidence: float, word: Word | None, purpose: Purpose) -> float:
    """The confidence after the model's word, 0 to 1: higher if it names what the zone is for."""
    fits = word is not None and (
        (purpose is Purpose.VEHICLE and word.name in VEHICLES)
        or (purpose is Purpose.GOODS and word.name == "bag")
    )
    return 1.0 - (1.0 - confidence) * (1.0 - word.score) if fits and word is not None else confidence
