"""From a topic, as bytes, to who speaks there and what: parsed once, remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.adapters.table import Table
from ingest.authority import Authority
from ingest.errors import BadMessageError, Reason
from wire.errors import TopicError
from wire.topics import Kind, Stream, Topic

_ROUTES_KEPT: Final = 500_000
"""A device chooses the district in its topics; past this many topics the memory starts anew."""


@dataclass(slots=True, kw_only=True, eq=False)
class Speaker:
    """One vehicle, person, device, camera or box.

    Attributes:
        kind: what it is.
        id: its name, unique within its kind.
        district: where it last spoke from.
        index: its row in this program's own arrays, counted from 0.
    """

    kind: Kind
    id: str
    district: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """A topic that is ours: who speaks, and what; `foreign` if an adapter speaks for them."""

    speaker: Speaker
    topic: Topic
    stream: Stream
    foreign: bool = False


class Routes:
    """Remembers topics and speakers.

    Args:
        foreign: the adapters of topics that are not ours.
        authority: who may say what on topics that are.
    """

    def __init__(self, foreign: Table | None = None, authority: Authority | None = None) -> None:
        self.foreign = foreign or Table()
        """Asked for topics that are not in `known`."""
        self.authority = authority or Authority()
        """Asked about what is said of cameras and incidents."""
        self.known: dict[bytes, Route] = {}
        """Routes by topic; for the fast path, which looks here before it calls `learn`."""
        self.speakers: list[Speaker] = []
        """Everyone who has spoken, by index."""
        self.entity_ids: NDArray[np.int64] = np.zeros(1024, dtype=np.int64)
        """Each speaker's number in the database, by index; 0 until the database was asked."""
        self._by_name: dict[tuple[Kind, str], Speaker] = {}
        self._adopted: dict[Topic, Route] = {}

    def learn(self, name: bytes) -> Route:
        """Parse a topic that is not known yet.

        Raises:
            BadMessageError: it is not a topic of the contract, or not one that a device may send to us.
        """
        try:
            topic = Topic.parse(name.decode())
        except UnicodeDecodeError:
            raise BadMessageError(Reason.TOPIC, "not UTF-8") from None
        except TopicError as error:
            raise BadMessageError(Reason.TOPIC, str(error)) from None
        if topic.stream is Stream.RECEIPT:
            raise BadMessageError(Reason.TOPIC, "receipts are the centre's to send")
        if len(self.known) >= _ROUTES_KEPT:
            self.known.clear()
        route = Route(speaker=self._speaker(topic), topic=topic, stream=topic.stream)
        self.known[name] = route
        return route

    def adopt(self, topic: Topic) -> Route:
        """The route of what an adapter tells; known apart from what a device of ours says itself."""
        route = self._adopted.get(topic)
        if route is None:
            if len(self._adopted) >= _ROUTES_KEPT:
                self._adopted.clear()
            route = Route(speaker=self._speaker(topic), topic=topic, stream=topic.stream, foreign=True)
            self._adopted[topic] = route
        return route

    def _speaker(self, topic: Topic) -> Speaker:
        speaker = self._by_name.get((topic.kind, topic.id))
        if speaker is None:
            speaker = Speaker(kind=topic.kind, id=topic.id, district=topic.district, index=len(self.speakers))
            self._by_name[topic.kind, topic.id] = speaker
            self.speakers.append(speaker)
            if len(self.speakers) > len(self.entity_ids):
                self.entity_ids = np.concatenate([self.entity_ids, np.zeros_like(self.entity_ids)])
        return speaker
