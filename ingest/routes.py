"""From a topic, as bytes, to its sender and stream: parsed once, then remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.adapters.table import Table
from ingest.authority import Authority
from ingest.errors import BadMessageError, Reason
from ingest.senders import Sender, grown
from wire.errors import TopicError
from wire.topics import Kind, Stream, Topic

_TOPICS_OF_ONE: Final = 32
"""Topics of one device that are remembered: where its district is not tied to its account it may choose that,
and what is beyond is parsed each time. So memory is bounded by the number of devices."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """A topic of ours: its sender and stream; `foreign` if an adapter translated the message."""

    sender: Sender
    topic: Topic
    stream: Stream
    foreign: bool = False


class Routes:
    """Remembers topics and senders.

    Args:
        foreign: the adapters of topics that are not ours.
        authority: who may say what on topics that are.
        ids: most senders on our own topics.
        foreign_ids: most senders that adapters translate for.
    """

    def __init__(
        self,
        foreign: Table | None = None,
        authority: Authority | None = None,
        *,
        ids: int = 500_000,
        foreign_ids: int = 50_000,
    ) -> None:
        self.foreign = foreign or Table()
        """Asked for topics that are not in `known`."""
        self.authority = authority or Authority()
        """Asked about what is said of cameras and incidents."""
        self.known: dict[bytes, Route] = {}
        """Routes by topic; for the fast path, which looks here before it calls `learn`."""
        self.senders: list[Sender] = []
        """Every sender heard since the start, by index."""
        self.entity_ids: NDArray[np.int64] = np.zeros(1024, dtype=np.int64)
        """Each sender's number in the database, by index; 0 until the database was asked."""
        self._room = {False: ids, True: foreign_ids}
        self._by_name: dict[tuple[Kind, str], Sender] = {}
        self._adopted: dict[Topic, Route] = {}

    def learn(self, name: bytes) -> Route:
        """Parse a topic that is not known yet.

        Raises:
            BadMessageError: it is not a topic of the contract, or not one that a device may send to us, or
                there is no room for another sender.
        """
        try:
            topic = Topic.parse(name.decode())
        except UnicodeDecodeError:
            raise BadMessageError(Reason.TOPIC, "not UTF-8") from None
        except TopicError as error:
            raise BadMessageError(Reason.TOPIC, str(error)) from None
        if topic.stream is Stream.RECEIPT:
            raise BadMessageError(Reason.TOPIC, "receipts are the centre's to send")
        sender = self._sender(topic, foreign=False)
        route = Route(sender=sender, topic=topic, stream=topic.stream)
        if sender.topics < _TOPICS_OF_ONE:
            sender.topics += 1
            self.known[name] = route
        return route

    def adopt(self, topic: Topic) -> Route:
        """The route of what an adapter translates; kept apart from the topics of our own devices.

        Raises:
            BadMessageError: there is no room for another sender.
        """
        route = self._adopted.get(topic)
        if route is None:
            sender = self._sender(topic, foreign=True)
            route = Route(sender=sender, topic=topic, stream=topic.stream, foreign=True)
            self._adopted[topic] = route
        return route

    def _sender(self, topic: Topic, *, foreign: bool) -> Sender:
        sender = self._by_name.get((topic.kind, topic.id))
        if sender is None:
            if not self._room[foreign]:
                raise BadMessageError(
                    Reason.QUOTA,
                    "ingest knows as many devices as it may; "
                    f"quota.{'foreign_ids' if foreign else 'ids'} in its settings",
                )
            self._room[foreign] -= 1
            sender = Sender(kind=topic.kind, id=topic.id, district=topic.district, index=len(self.senders))
            self._by_name[topic.kind, topic.id] = sender
            self.senders.append(sender)
            self.entity_ids = grown(self.entity_ids, len(self.senders), 0)
        return sender
