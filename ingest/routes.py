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
"""Topics of one device that are remembered. A device may choose its district unless the broker ties it to the
account; further topics are parsed each time. So memory is bounded by the number of devices."""


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
        authority: the rights of accounts on our topics.
        ids: maximum number of senders on our topics.
        foreign_ids: maximum number of senders from adapters.
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
        """Looked up for topics that are not in `known`."""
        self.authority = authority or Authority()
        """Checks incidents, evidence, stills and statuses on our topics."""
        self.known: dict[bytes, Route] = {}
        """Routes by topic; for the fast path, which looks here before it calls `learn`."""
        self.senders: list[Sender] = []
        """Every sender heard since the start, by index."""
        self.entity_ids: NDArray[np.int64] = np.zeros(1024, dtype=np.int64)
        """Each sender's number in the database, by index; 0 until it is assigned."""
        self._room = {False: ids, True: foreign_ids}
        self._by_name: dict[tuple[Kind, str], Sender] = {}
        self._adopted: dict[Topic, Route] = {}

    def learn(self, name: bytes) -> Route:
        """Parse a topic that is not known yet.

        Raises:
            BadMessageError: it is not a topic of the contract, or not one that a device may publish, or the
                maximum number of senders is reached.
        """
        try:
            topic = Topic.parse(name.decode())
        except UnicodeDecodeError:
            raise BadMessageError(Reason.TOPIC, "not UTF-8") from None
        except TopicError as error:
            raise BadMessageError(Reason.TOPIC, str(error)) from None
        if topic.stream is Stream.RECEIPT:
            raise BadMessageError(Reason.TOPIC, "only the center program publishes receipts")
        sender = self._sender(topic, foreign=False)
        route = Route(sender=sender, topic=topic, stream=topic.stream)
        if sender.topics < _TOPICS_OF_ONE:
            sender.topics += 1
            self.known[name] = route
        return route

    def adopt(self, topic: Topic) -> Route:
        """The route of a translated message; kept apart from the topics of our own devices.

        Raises:
            BadMessageError: the maximum number of senders is reached.
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
                    "ingest knows the maximum number of devices already; see "
                    f"quota.{'foreign_ids' if foreign else 'ids'} in its settings",
                )
            self._room[foreign] -= 1
            sender = Sender(kind=topic.kind, id=topic.id, district=topic.district, index=len(self.senders))
            self._by_name[topic.kind, topic.id] = sender
            self.senders.append(sender)
            self.entity_ids = grown(self.entity_ids, len(self.senders), 0)
        return sender
