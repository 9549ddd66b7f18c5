"""The layers of the city's map as GeoJSON, made by the database and cached until the next import."""

from __future__ import annotations

import asyncio
import gzip
from collections import defaultdict
from dataclasses import dataclass

from center.database import Database
from center.map.models import LayerName
from store.connection import Connection
from store.queries import load

_SQL = load("map")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLayer:
    """A layer, ready to be sent.

    Attributes:
        tag: an ETag: it changes when the layer is imported again.
        compressed: the GeoJSON, gzip.
    """

    tag: str
    compressed: bytes


class MapLayers:
    """Makes each layer once for each import.

    Args:
        database: holds the layers.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._made: dict[LayerName, MapLayer] = {}
        self._making: defaultdict[LayerName, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, name: LayerName) -> MapLayer:
        """The present version of a layer."""
        async with self._making[name], self._database.reading() as connection:
            tag = await self._tag(connection, name)
            made = self._made.get(name)
            if made is None or made.tag != tag:
                text: str = await connection.fetchval(_SQL[f"layer_{name}"])
                compressed = await asyncio.to_thread(gzip.compress, text.encode(), 6, mtime=0)
                made = self._made[name] = MapLayer(tag=tag, compressed=compressed)
            return made

    async def _tag(self, connection: Connection, name: LayerName) -> str:
        imported_at = await connection.fetchval(_SQL["layer_imported_at"], name)
        return 'W/"0"' if imported_at is None else f'W/"{imported_at.timestamp():.6f}"'
