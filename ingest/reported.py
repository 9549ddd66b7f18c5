"""What boxes have reported of which cameras before now, held against what the settings let them.

Without a word about it in the settings no box may speak for a camera. An installation that is brought to this
release, and says nothing yet, is told so before a single incident is refused: ingest does not start, and the
broker holds what comes.
"""

from __future__ import annotations

import logging
from typing import Final

from ingest.authority import Authority
from ingest.errors import IngestError
from store.connection import Connection
from store.queries import load
from wire.errors import TopicError
from wire.topics import Kind, Stream, Topic

log = logging.getLogger(__name__)

_SAID_MOST: Final = 20


class Reported:
    """Asks the database once.

    Args:
        authority: what accounts may do.
        stated: whether the settings say anything about that.
    """

    def __init__(self, authority: Authority, *, stated: bool) -> None:
        self._authority = authority
        self._stated = stated
        self._asked = False
        self._sql = load("ingest")

    async def check(self, connection: Connection) -> None:
        """Compare, at the first call only.

        Raises:
            IngestError: boxes have reported, and the settings say nothing of who may.
        """
        if self._asked:
            return
        refused: dict[str, list[str]] = {}
        for row in await connection.fetch(self._sql["reported_cameras"]):
            try:
                topic = Topic(district="000000", kind=Kind.BOX, id=row["id"], stream=Stream.INCIDENT)
            except TopicError:  # of no release that checked
                continue
            if row["camera"] not in self._authority.of(topic).cameras:
                refused.setdefault(topic.user, []).append(row["camera"])
        if refused and not self._stated:
            tables = ", ".join(
                f'{{account = "{user}", cameras = {_listed(cameras)}}}'
                for user, cameras in list(refused.items())[:_SAID_MOST]
            )
            raise IngestError(
                "the settings do not say which box may speak for which camera, so that everything of "
                f"{', '.join(list(refused)[:_SAID_MOST])} would be refused; if they are right, put at the "
                f"top of the settings of ingest (docs/authority.md): sources = [{tables}]"
            )
        for user, cameras in refused.items():
            log.warning(
                "%s has spoken for %s within 30 days, and no [[sources]] table lets it",
                user, ", ".join(cameras[:_SAID_MOST]),
            )  # fmt: skip
        self._asked = True


def _listed(cameras: list[str]) -> str:
    return "[" + ", ".join(f'"{camera}"' for camera in cameras) + "]"
