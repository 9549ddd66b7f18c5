"""Takes in geotagged stills and clips: each becomes evidence of a case, a report, or is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from casework import NoDistrictError
from casework import geotagged as work
from casework.changes import Change
from casework.city_policy import CurrentPolicy
from center.cases.evidence import EvidenceKeeper
from center.cases.models import GeotaggedFile
from center.database import Database
from center.people.caller import Caller
from center.pictures.decoder import Decoder
from center.pictures.geotag import Geotag, GeotagError, checked_time, geotag_of
from center.web.answers import Refusal
from center.web.media_types import PICTURES
from center.web.uploads import File
from store.case_evidence import EvidenceRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the sender says of all files; None for what each file says itself.

    Attributes:
        place: latitude and longitude, degrees, WGS 84.
        zone: of cameras that state none.
    """

    place: tuple[float, float] | None
    taken_at: datetime | None
    zone: tzinfo | None


class GeotaggedFiles:
    """Takes in files, in the database.

    Args:
        database: holds the cases.
        policy: the city's decisions.
        keeper: stores files.
        decoder: limits how many pictures are read at once.
        clock: returns now, aware.
    """

    def __init__(
        self,
        *,
        database: Database,
        policy: CurrentPolicy,
        keeper: EvidenceKeeper,
        decoder: Decoder,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._policy = policy
        self._keeper = keeper
        self._decoder = decoder
        self._clock = clock

    async def take_in(self, files: Sequence[File], given: Given, sender: Caller) -> list[GeotaggedFile]:
        """Take in files, each by itself: one that is refused stops no other.

        Raises:
            Refusal: 503, files cannot be stored now.
            DatabaseAwayError: the database is unreachable; send them again, each counts once.
        """
        return [await self._one(place, file, given, sender) for place, file in enumerate(files, start=1)]

    async def _one(self, place: int, file: File, given: Given, sender: Caller) -> GeotaggedFile:
        try:
            tag = await self._tag(file, given)
            (kept,) = await self._keeper.keep([replace(file, part="files")], usual=EvidenceRole.FINDING)
            async with self._database.changing() as connection:
                district = await work.district_at(connection, tag.lon, tag.lat)
                if not sender.rights.allows(sender.actor, "case.report", district=district):
                    raise GeotagError("it was taken in a district where you may not report")  # noqa: TRY301
                change = await work.take_in_geotagged(
                    connection,
                    work.GeotaggedFile(file=kept, lat=tag.lat, lon=tag.lon, taken_at=tag.taken_at),
                    actor=sender.login,
                    district=district,
                    policy=self._policy(),
                    at=self._clock(),
                )
        except (GeotagError, NoDistrictError) as error:
            return GeotaggedFile(file=place, refused=str(error))
        except Refusal as error:
            if error.status == 415:  # noqa: PLR2004 this file alone cannot be read
                return GeotaggedFile(file=place, refused=error.detail)
            raise
        return GeotaggedFile(
            file=place,
            number=change.number,
            joined=change.change is not Change.OPENED,
            lat=tag.lat,
            lon=tag.lon,
            taken_at=tag.taken_at,
        )

    async def _tag(self, file: File, given: Given) -> Geotag:
        """Where and when a file was taken: what the sender says counts before what the file says.

        Raises:
            GeotagError: neither says it, or it cannot be right.
        """
        now = self._clock()
        if given.place is not None and given.taken_at is not None:
            lat, lon = given.place
            return Geotag(lat=lat, lon=lon, taken_at=checked_time(given.taken_at, now))
        if file.media_type not in PICTURES:
            raise GeotagError("a clip does not say where it was taken; send lat, lon and taken_at with it")
        zone = given.zone or self._policy().calendar.zone
        return await self._decoder.run(
            geotag_of,
            await file.read(),
            zone=zone,
            now=now,
            place=given.place,
            taken_at=given.taken_at,
        )
