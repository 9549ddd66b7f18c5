"""Passwords are created once, and only missing ones are added."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from deploy.stack.accounts import PROGRAM_USERS
from deploy.stack.folder import StackFolder
from deploy.stack.secrets import keep, spoken
from store.roles import ROLES


def test_the_same_again_on_the_next_run(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    assert keep(folder, devices=["vehicle/v001"]) == keep(folder, devices=["vehicle/v001"])


def test_a_new_device_gets_a_password_and_the_others_keep_theirs(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    before = keep(folder, devices=["vehicle/v001"])
    after = keep(folder, devices=["vehicle/v002"])
    assert after.operator == before.operator
    assert after.broker.items() > before.broker.items()
    assert after.broker["vehicle/v002"] not in before.broker.values()


def test_every_user_has_a_password_of_its_own(tmp_path: Path) -> None:
    known = keep(StackFolder(tmp_path), devices=["vehicle/v001", "box/box-1"])
    passwords = [
        *known.broker.values(),
        *known.roles.values(),
        known.operator,
        known.administrator,
        known.database,
    ]
    assert set(known.broker) == {*PROGRAM_USERS, "vehicle/v001", "box/box-1"}
    assert len(set(passwords)) == len(passwords)


def test_a_stack_of_an_older_release_gets_passwords_for_the_database_roles(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    keep(folder, devices=())
    file = tmp_path / "secrets.json"
    old = {name: value for name, value in json.loads(file.read_text()).items() if name != "roles"}
    file.write_text(json.dumps(old))
    known = keep(folder, devices=())
    assert set(known.roles) == set(ROLES)
    assert (known.database, known.operator) == (old["database"], old["operator"])


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    keep(StackFolder(tmp_path), devices=())
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_persons_password_has_nothing_to_mistake() -> None:
    word = spoken()
    assert len(word) == 19
    assert not set(word) & set("01ilo")
