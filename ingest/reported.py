"""Checks at the start that `[[sources]]` allows what boxes have reported before.

Without `[[sources]]` no box may report for a camera. An installation that is upgraded to this release and has
none yet gets an error before any incident is refused: ingest does not start, and the broker holds the
messages.
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

_MAX_LISTED: Final = 20


class ReportedCameras:
    """Checks once, with one query.

    Args:
        authority: the rights of accounts.
        stated: whether the settings have any `[[sources]]`.
    """

    def __init__(self, authority: Authority, *, stated: bool) -> None:
        self._authority = authority
        self._stated = stated
        self._asked = False
        self._sql = load("ingest")

    async def check(self, connection: Connection) -> None:
        """Check, at the first call only.

        Raises:
            IngestError: boxes have reported for cameras, and the settings have no `[[sources]]`.
        """
        if self._asked:
            return
        refused: dict[str, list[str]] = {}
        for row in await connection.fetch(self._sql["reported_cameras"]):
            try:
                topic = Topic(district="000000", kind=Kind.BOX, id=row["id"], stream=Stream.INCIDENT)
            except TopicError:  # reported under a release without this check
                continue
            if row["camera"] not in self._authority.of(topic).cameras:
                refused.setdefault(topic.user, []).append(row["camera"])
        if refused and not self._stated:
            tables = ", ".join(
                f'{{account = "{user}", cameras = {_listed(cameras)}}}'
                for user, cameras in list(refused.items())[:_MAX_LISTED]
            )
            raise IngestError(
                "the settings do not say which box may report for which camera, so all reports of "
                f"{', '.join(list(refused)[:_MAX_LISTED])} would be refused; if they are right, put at the "
                f"top of the settings of ingest (docs/authority.md): sources = [{tables}]"
            )
        for user, cameras in refused.items():
            log.warning(
                "%s has reported for %s within 30 days, and no [[sources]] table allows it",
                user, ", ".join(cameras[:_MAX_LISTED]),
            )  # fmt: skip
        self._asked = True


def _listed(cameras: list[str]) -> str:
    return "[" + ", ".join(f'"{camera}"' for camera in cameras) + "]"
