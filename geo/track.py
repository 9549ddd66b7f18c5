"""Fixes of one or several entities as columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.antimeridian import unwrapped
from geo.distance import METRES_PER_DEGREE, distance_m

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """Fixes of one or several entities, in order of entity and time; all columns have the same length.

    Attributes:
        entity_id: whose.
        time_us: microseconds since 1970-01-01T00:00:00Z.
        lat, lon: degrees, WGS-84.
        speed_mps, heading_deg, altitude_m, accuracy_m: NaN where the device did not say.
        ignition: 1 on, 0 off, -1 where the device did not say.
        flags: bits of `store.quality.Quality`.
    """

    entity_id: Integers
    time_us: Integers
    lat: Floats
    lon: Floats
    speed_mps: Floats
    heading_deg: Floats
    altitude_m: Floats
    accuracy_m: Floats
    ignition: Integers
    flags: Integers

    def __len__(self) -> int:
        return len(self.time_us)

    def rows(self, chosen: Integers | NDArray[np.bool_] | slice) -> Track:
        """Some of the rows."""
        return Track(**{name: getattr(self, name)[chosen] for name in self.__slots__})

    def steps_m(self) -> Floats:
        """Metres from each fix to the next; one less than there are fixes."""
        found: Floats = distance_m(self.lat[:-1], self.lon[:-1], self.lat[1:], self.lon[1:])
        return found

    def simplified(self, tolerance_m: float) -> Track:
        """The fixes that a line needs to stay within so many metres of all (Douglas and Peucker)."""
        if tolerance_m <= 0 or len(self) <= 2:  # noqa: PLR2004 both ends stay
            return self
        x = (unwrapped(self.lon) - self.lon[0]) * METRES_PER_DEGREE * np.cos(np.radians(self.lat[0]))
        y = (self.lat - self.lat[0]) * METRES_PER_DEGREE
        line = shapely.linestrings(np.column_stack((x, y, np.arange(len(self)))))  # z is which fix it is
        simple = shapely.simplify(line, tolerance_m, preserve_topology=False)
        kept = shapely.get_coordinates(simple, include_z=True)
        return self.rows(np.unique(kept[:, 2].astype(np.int64)))


def moment(time_us: int) -> datetime:
    """Microseconds since 1970 as an aware UTC datetime, exactly."""
    return _EPOCH + timedelta(microseconds=time_us)
