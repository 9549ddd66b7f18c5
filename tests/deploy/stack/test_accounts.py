"""The broker's accounts, and the files for a broker of the user's own."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from deploy.errors import DeployError
from deploy.stack.accounts import (
    PROGRAM_USERS,
    accounts,
    devices,
    given_passwords,
    of_devices,
    write_for_broker,
)
from deploy.stack.folder import StackFolder

DEVICES = '[{"user": "vehicle/v001", "district": "350582"}, {"user": "box/box-1", "district": "350582"}]'

PASSWORDS = {**{user: f"of {user}" for user in PROGRAM_USERS}, "vehicle/v001": "v", "box/box-1": "b"}


@pytest.fixture
def city(tmp_path: Path) -> Path:
    (tmp_path / "devices.json").write_text(DEVICES)
    return tmp_path


def test_the_centre_comes_first_and_everybody_has_a_password(city: Path) -> None:
    everybody = accounts(devices(city), PASSWORDS)
    assert [account.user for account in everybody] == list(PASSWORDS)
    assert [account.password for account in everybody] == list(PASSWORDS.values())
    assert [account.user for account in of_devices(everybody)] == ["vehicle/v001", "box/box-1"]


def test_the_brokers_files_are_readable_by_their_owner_only(city: Path, tmp_path: Path) -> None:
    everybody = accounts(devices(city), PASSWORDS)
    place = write_for_broker(everybody, StackFolder(tmp_path), token="t")
    lines = [line.split(":$7$") for line in (place / "passwords").read_text().splitlines()]
    assert [user for user, _ in lines] == list(PASSWORDS)
    assert "account vehicle/v001 350582\n" in (place / "limits").read_text()
    assert (place / "streetwarden_limits.c").exists()
    assert "pattern write sw/1/+/%u/+" in (place / "acl").read_text()
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "text", [None, "{", '[{"user": "vehicle/v001"}]', '[{"user": "v", "district": "35"}]']
)
def test_a_city_without_devices_is_one_sentence(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "devices.json").write_text(text)
    with pytest.raises(DeployError, match=r"devices.json cannot be used .*; it is a list of"):
        devices(tmp_path)


def test_given_passwords_are_read_or_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    file.write_text('{"center-ingest": "x"}')
    assert given_passwords(file) == {"center-ingest": "x"}
    file.write_text("[]")
    with pytest.raises(DeployError, match=r"cannot be used .*; write"):
        given_passwords(file)
