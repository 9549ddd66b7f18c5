"""The simulated city's staff in a stack: their accounts, the file with their passwords, and their past."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from cases import CasePolicy, Role
from center.people.passwords import hash_password
from city.build import seed_of
from city.people.accounts import StaffFile
from city.people.album import stills
from city.people.staff import Member, by_role, staff
from deploy.made_history import make_history
from deploy.made_history.places import find_places
from deploy.made_history.writing import Pictures
from deploy.stack.folder import StackFolder
from deploy.stack.secrets import spoken
from store.api_keys import issue_key
from store.case_evidence import EvidenceRole, KeptFile
from store.connection import Connection, open_connection
from store.evidence import EvidenceStore
from store.operators import add_operator, find_operator
from store.people import Duty, add_duty, find_department, take_in_departments

FILE: Final = "staff.json"
DAYS: Final = 60
"""The length of the past that is made for a new database."""
_APPLICATION: Final = "streetwarden up"
_ON_DUTY: Final = timedelta(days=365)


def policy_of_stack() -> CasePolicy:
    """The case policy that the stack's programs read."""
    return CasePolicy.load(os.environ.get("STREETWARDEN_INGEST_CASES_FOLDER"))


async def keep_staff(
    url: str, folder: StackFolder, city: Path, policy: CasePolicy, now: datetime
) -> StaffFile:
    """Create missing accounts of the staff, and save their passwords.

    An existing account is not changed, because somebody may have edited it.

    Args:
        url: of the database's owner.
        folder: for the passwords.
        city: a finished city folder.
        policy: names the departments.
        now: the beginning of duty for new members.
    """
    connection = await open_connection(url, application=_APPLICATION)
    try:
        await take_in_departments(connection, policy.departments.values())
        departments = [(await find_department(connection, name), name) for name in policy.departments]
        members = staff(seed_of(city), departments)
        known = folder.recall(FILE, StaffFile)
        before = {} if known is None else known.passwords
        file = StaffFile(
            staff=list(members),
            passwords={member.login: before.get(member.login) or spoken() for member in members},
            open311_key=None if known is None else known.open311_key,
        )
        if file.open311_key is None:
            file = replace(file, open311_key=await _issue_key(connection, now))
        folder.remember(FILE, file)
        for member in members:
            await _keep_account(connection, member, file.passwords[member.login], now)
    finally:
        await connection.close()
    return file


async def _issue_key(connection: Connection, now: datetime) -> str:
    """A key for the simulated system that speaks Open311; one whose text was lost is of no use."""
    return await issue_key(
        connection, name=f"simulated-{now:%Y%m%d%H%M%S}", contact="the simulated city", by=_APPLICATION
    )


async def _keep_account(connection: Connection, member: Member, password: str, now: datetime) -> None:
    if await find_operator(connection, member.login) is not None:
        return
    async with connection.transaction():
        await add_operator(
            connection,
            login=member.login,
            display_name=member.display_name,
            password_hash=hash_password(password),
            roles=[Role(member.role)],
            department=member.department,
        )
        await add_duty(connection, Duty(person=member.login, starts_at=now, ends_at=now + _ON_DUTY))


async def make_past(
    url: str,
    *,
    evidence_url: str,
    city: Path,
    members: Sequence[Member],
    policy: CasePolicy,
    now: datetime,
    tell: Callable[[str], None],
) -> int:
    """Make the past of a database without cases; returns the number of cases.

    Args:
        url: of the database's owner.
        evidence_url: the evidence storage.
        city: a finished city folder, whose layers are in the database.
        members: the staff.
        policy: the case policy.
        now: the end of the past.
        tell: takes a line of progress.
    """
    connection = await open_connection(url, application=_APPLICATION)
    try:
        store = EvidenceStore(evidence_url)
        return await make_history(
            connection,
            places=await find_places(connection, city),
            staff=members,
            pictures=Pictures(
                finding=await _keep(store, city, EvidenceRole.FINDING),
                after=await _keep(store, city, EvidenceRole.AFTER),
            ),
            policy=policy,
            seed=seed_of(city),
            start=now - timedelta(days=DAYS),
            end=now,
            tell=tell,
        )
    finally:
        await connection.close()


async def _keep(store: EvidenceStore, city: Path, role: EvidenceRole) -> list[KeptFile]:
    return [
        KeptFile(digest=await store.put(data), role=role, media_type="image/jpeg", size_bytes=len(data))
        for data in stills(city, with_problem=role is EvidenceRole.FINDING)
    ]


def sign_on_table(file: StaffFile) -> str:
    """For the banner: an account of each role, with its password."""
    lines = ["  Or as one of the city's staff 或以各岗位登录 (all of them: staff.json in the stack's folder)"]
    for members in by_role(file.staff).values():
        first = members[0]
        who = f"{first.title} {first.title_en}"
        lines.append(f"    {who:<24.24} {first.login:<14} {file.passwords[first.login]}")
    return "\n".join(lines)
