"""Rows of which only the newest is kept: the status of a device, and the still of a camera."""

from __future__ import annotations

from datetime import datetime

from ingest.batch import Batch, Item, heard_at_of
from ingest.ledger import Fate
from ingest.routes import Routes
from ingest.written import Written
from store.connection import Connection
from store.quality import quality_of
from store.queries import load
from wire.messages import Frame, as_datetime


class DeviceRows:
    """Writes statuses and stills in the transaction of the caller.

    Args:
        routes: holds the numbers of the entities.
    """

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._sql = load("ingest")

    async def write_statuses(
        self, connection: Connection, batch: Batch, written: Written, *, latest_right: datetime
    ) -> None:
        """Keep each device's status that was received last, whatever its time."""
        numbers = self._routes.entity_ids
        last = {int(numbers[item.route.sender.index]): item for item in batch.statuses}
        items = [last[entity] for entity in sorted(last)]
        changed = await connection.fetch(
            self._sql["change_status"],
            [int(numbers[item.route.sender.index]) for item in items],
            [as_datetime(item.message.time) for item in items],
            [heard_at_of(item, batch.received_at) for item in items],
            [item.message.online for item in items],
            [item.message.program for item in items],
            [item.message.detail for item in items],
            [quality_of(ahead=item.ahead, retained=item.retained) for item in items],
            latest_right,
        )
        moved = {row[0] for row in changed}
        known = {item.ordinal for entity, item in last.items() if entity not in moved}
        for item in batch.statuses:  # a status that was replaced at once counts as stored too
            written.set_fate(item.ordinal, Fate.DUPLICATE if item.ordinal in known else Fate.STORED)

    async def write_stills(
        self, connection: Connection, batch: Batch, written: Written, *, latest_right: datetime
    ) -> None:
        """Keep each camera's newest still; of two with the same time, the one received last."""
        newest: dict[str, Item[Frame]] = {}
        for item in sorted(batch.stills, key=lambda item: as_datetime(item.message.time)):
            written.set_fate(item.ordinal, Fate.IGNORED)  # a newer one is stored already
            newest[item.message.camera or item.route.sender.id] = item
        cameras = sorted(newest)
        found = await connection.fetch(
            self._sql["change_stills"],
            cameras,
            [newest[camera].route.topic.district for camera in cameras],
            [as_datetime(newest[camera].message.time) for camera in cameras],
            [newest[camera].message.jpeg for camera in cameras],
            [heard_at_of(newest[camera], batch.received_at) for camera in cameras],
            latest_right,
        )
        for row in found:
            fate = Fate.STORED if row["changed"] else Fate.DUPLICATE
            written.set_fate(newest[row["camera"]].ordinal, fate)
