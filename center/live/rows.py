"""Rows of the database as the structs of `center.live.models`."""

from __future__ import annotations

import asyncpg

from center.live.models import Entity, EntityDetail, LastFix
from center.models import EntityKind
from store.quality import HIDDEN


def entity(row: asyncpg.Record) -> Entity:
    """A row of `moved`."""
    return Entity(
        key=f"{row['kind']}/{row['id']}",
        kind=EntityKind(row["kind"]),
        id=row["id"],
        name=row["name"],
        entity_type=row["entity_type"],
        district=row["district"],
        time=row["time"],
        received_at=row["received_at"],
        lat=row["lat"],
        lon=row["lon"],
        speed_mps=row["speed_mps"],
        heading_deg=row["heading_deg"],
        accuracy_m=row["accuracy_m"],
        ignition=row["ignition"],
    )


def entity_detail(row: asyncpg.Record) -> EntityDetail:
    """A row of `entity_by_name`."""
    return EntityDetail(
        kind=EntityKind(row["kind"]),
        id=row["id"],
        name=row["name"],
        entity_type=row["entity_type"],
        district=row["district"],
        online=row["online"],
        first_seen=row["first_seen"],
        heard_at=row["heard_at"],
        fix=None
        if row["time"] is None
        else LastFix(
            time=row["time"], lat=row["lat"], lon=row["lon"], doubtful=bool(row["flags"] & int(HIDDEN))
        ),
    )
