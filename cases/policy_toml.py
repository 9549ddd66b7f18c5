"""The structure of `policy.toml`; `cases.policy` makes decisions of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from types import MappingProxyType
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from cases.camera_faults import CameraFaultLimits
from cases.clocks import Limit
from cases.codes import Category
from cases.dispatch import CODE_PATTERN, Department
from cases.errors import PolicyError
from cases.geotagged import GeotaggedLimits
from cases.timing import TimingRules
from cases.toml_file import decode_toml

_Code = Annotated[str, msgspec.Meta(pattern="^[0-9]{2,6}$")]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
_DepartmentCode = Annotated[str, msgspec.Meta(pattern=CODE_PATTERN)]


class RuleToml(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table `[incident.…]` or `[otherwise]`."""

    category: Category
    code_set: _Name
    code: _Code
    title: _Name
    title_en: _Name
    condition: str | None = None
    limit: Limit | None = None
    department: _Name | None = None


class _Department(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: _Name
    name_en: _Name
    code: _DepartmentCode | None = None
    parent: _DepartmentCode | None = None


class _Office(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hours: list[tuple[time, time]]
    weekdays: list[Annotated[int, msgspec.Meta(ge=1, le=7)]]
    holidays: list[date] = []
    make_up_days: list[date] = []


class _Numbering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prefix: str
    digits: int


class _Problem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    types: Annotated[list[_Name], msgspec.Meta(min_length=1)]
    within_m: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    within_minutes: Annotated[float, msgspec.Meta(ge=0, le=10_080)] = 0.0


class _CameraFaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    states: list[_Name] | None = None
    after_minutes: Annotated[float, msgspec.Meta(ge=0, le=10_080)] = 15.0
    alarms: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 30
    alarms_within_minutes: Annotated[float, msgspec.Meta(gt=0, le=1440)] = 10.0

    def limits(self) -> CameraFaultLimits:
        usual = CameraFaultLimits()
        return CameraFaultLimits(
            states=usual.states if self.states is None else frozenset(self.states),
            after=timedelta(minutes=self.after_minutes),
            alarms=self.alarms,
            alarms_within=timedelta(minutes=self.alarms_within_minutes),
        )


class _Geotagged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    within_m: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 30.0
    within_minutes: Annotated[float, msgspec.Meta(gt=0, le=10_080)] = 1440.0

    def limits(self) -> GeotaggedLimits:
        return GeotaggedLimits(within_m=self.within_m, within=timedelta(minutes=self.within_minutes))


class PolicyToml(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    time_zone: str
    workflow: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,31}$")] = "small"
    trusted_sources: tuple[_Name, ...] = ("camera", "sensor", "rule")
    public_codes: tuple[_Name, ...] = ()
    departments: list[_Department]
    numbering: _Numbering
    office: _Office
    otherwise: RuleToml
    incident: dict[str, RuleToml]
    problem: dict[str, _Problem] = {}
    timing: TimingRules = TimingRules()
    camera_faults: _CameraFaults = _CameraFaults()
    geotagged: _Geotagged = _Geotagged()


def read_toml(text: str, file: str) -> tuple[PolicyToml, ZoneInfo]:
    """Read the file, and its time zone.

    Args:
        text: TOML.
        file: its name, for errors.

    Raises:
        PolicyError: it is not TOML, an entry is wrong, or the time zone is unknown.
    """
    read = decode_toml(text, PolicyToml, file=file)
    try:
        return read, ZoneInfo(read.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PolicyError(
            f"{file}: time_zone {read.time_zone!r} is unknown; use one such as Asia/Shanghai"
        ) from None


def departments_of(policy: PolicyToml, file: str) -> Mapping[str, Department]:
    """The departments of a policy by name.

    Raises:
        PolicyError: two have the same code, a parent does not exist, or a department is above itself.
    """
    read = policy.departments
    known = {
        each.name: Department(name=each.name, name_en=each.name_en, code=each.code, parent=each.parent)
        for each in read
    }
    codes = [each.code for each in read if each.code is not None]
    for each in read:
        if each.code is not None and codes.count(each.code) > 1:
            raise PolicyError(f"{file}: departments: code {each.code!r} is used twice")
        if each.parent is not None and each.parent not in codes:
            raise PolicyError(
                f"{file}: departments: {each.name}: there is no department {each.parent!r} above it"
            )
    above = {each.code: each.parent for each in read if each.code is not None}
    for each in read:
        parent, steps = each.parent, 0
        while parent is not None and steps <= len(above):
            parent, steps = above[parent], steps + 1
        if parent is not None:
            raise PolicyError(f"{file}: departments: {each.name} is above itself; correct its parent")
    return MappingProxyType(known)
