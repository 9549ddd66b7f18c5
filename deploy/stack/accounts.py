"""The broker's accounts, and the files with them for a broker of the user's own."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from deploy.errors import DeployError
from deploy.servers.broker_limits import SOURCE
from deploy.servers.broker_passwords import password_file
from deploy.servers.mosquitto import CENTER_USERS, DOCTOR_DEVICE, Account, access_rules, account_limits
from deploy.stack.folder import StackFolder

NO_DISTRICT: Final = "000000"
"""The district of accounts without a district."""
PROGRAM_USERS: Final = (*CENTER_USERS, DOCTOR_DEVICE)
"""Accounts of our own programs, which every broker needs for any city."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a city's `devices.json`."""

    user: Annotated[str, msgspec.Meta(min_length=1)]
    district: Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")]


def devices(city: Path) -> list[Device]:
    """The devices of a city.

    Raises:
        DeployError: the file is missing or malformed.
    """
    file = city / "devices.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[Device])
    except (OSError, msgspec.MsgspecError) as error:
        raise DeployError(
            f"{file} cannot be used ({error}); it is a list of "
            '{"user": "vehicle/v001", "district": "350582"}, see docs/simulated-city.md'
        ) from None


def accounts(speakers: Sequence[Device], passwords: dict[str, str]) -> list[Account]:
    """All accounts of a broker: the centre's and doctor's, then the city's devices."""
    own = (Device(user=user, district=NO_DISTRICT) for user in PROGRAM_USERS)
    everybody = (*own, *speakers)
    return [Account(user=one.user, district=one.district, password=passwords[one.user]) for one in everybody]


def of_devices(everybody: Sequence[Account]) -> list[Account]:
    """The accounts of a city's devices."""
    return [account for account in everybody if account.user not in PROGRAM_USERS]


def given_passwords(file: Path) -> dict[str, str]:
    """Passwords of the user's own broker.

    Raises:
        DeployError: the file is missing or malformed.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError) as error:
        raise DeployError(
            f'{file} cannot be used ({error}); write {{"center-ingest": "…", "vehicle/v001": "…"}} into it'
        ) from None


def write_for_broker(everybody: Sequence[Account], folder: StackFolder, *, token: str) -> Path:
    """Write hashed passwords, ACL, limits and the plugin for a user's own Mosquitto; their folder."""
    place = folder / "broker-accounts"
    place.mkdir(mode=0o700, exist_ok=True)
    words = {account.user: account.password for account in everybody}
    (place / "passwords").write_text(password_file(words), encoding="utf-8")
    (place / "acl").write_text(access_rules(everybody), encoding="utf-8")
    (place / "limits").write_text(account_limits(everybody, token=token), encoding="utf-8")
    shutil.copyfile(SOURCE, place / SOURCE.name)
    return place
