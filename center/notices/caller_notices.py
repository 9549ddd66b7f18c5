"""The notices of a caller, from the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time

from casework.city_policy import CurrentPolicy
from center.cases import rows
from center.database import Database
from center.notices.models import Notice, NoticeChannel, NoticePage, NoticeSettings
from center.people.caller import Caller
from center.web import cursors
from center.web.answers import Refusal
from store.departments import read_departments
from store.queries import load

_SQL = load("notices")
_CASES = load("case_lists")


class CallerNotices:
    """Reads and acknowledges notices.

    Args:
        database: holds them.
        policy: titles of cases.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, policy: CurrentPolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    async def page(self, caller: Caller, *, waiting: bool, limit: int, cursor: str | None) -> NoticePage:
        """A page of the caller's notices about cases that the caller may see now.

        Args:
            caller: the account.
            waiting: only those that nobody has acknowledged, and whose case has not ended since.
            limit: maximum number of notices.
            cursor: `next_cursor` of the page before.

        Raises:
            Refusal: 422, the cursor is from another list.
        """
        (before,) = cursors.read(cursor, cursors.ROW, cursors.FIRST_ROW)
        async with self._database.reading() as connection:
            found = await connection.fetch(_SQL["notices_of"], caller.login, before, limit + 1, waiting)
            more, found = len(found) > limit, found[:limit]
            numbers = list({row["number"] for row in found})
            summaries = await connection.fetch(_CASES["cases_by_number"], numbers)
            departments = await read_departments(connection)
            names = await rows.assignee_names(connection, *summaries)
        scope = caller.scope("case.read")
        cases = {
            row["number"]: rows.case(row, self._policy(), departments, names)
            for row in summaries
            if scope.contains(
                district=row["district"],
                department=row["department"],
                assignee=row["assignee"],
                opener=row["opener"],
            )
        }
        notices = [
            Notice(
                id=row["notice_id"],
                rule=row["rule"],
                title=row["title"],
                title_en=row["title_en"],
                addressee=row["addressee"],
                urgent=row["urgent"],
                at=row["at"],
                case=cases[row["number"]],
                acknowledged_by=row["acknowledged_by"],
                acknowledged_at=row["acknowledged_at"],
            )
            for row in found
            if row["number"] in cases
        ]
        return NoticePage(
            notices=notices,
            next_cursor=cursors.write((found[-1]["notice_id"],)) if more else None,
        )

    async def acknowledge(self, caller: Caller, ids: Sequence[int]) -> int:
        """Acknowledge notices that went to the caller; returns how many nobody had acknowledged before."""
        async with self._database.changing() as connection:
            row = await connection.fetchrow(_SQL["acknowledge"], caller.login, list(ids), self._clock())
            assert row is not None
            return int(row["acknowledged"])

    async def settings(self, caller: Caller) -> NoticeSettings:
        """Where and when the caller has messages."""
        rules = self._policy().notices
        async with self._database.reading() as connection:
            row = await connection.fetchrow(_SQL["preference"], caller.login)
        addresses = row["addresses"] if row is not None else {}
        own = row is not None and row["quiet_from"] is not None
        begin, end = (
            (row["quiet_from"], row["quiet_to"])
            if row is not None and own
            else (rules.quiet.from_, rules.quiet.to)
        )
        return NoticeSettings(
            channels=[
                NoticeChannel(
                    channel=name, title=each.title, title_en=each.title_en, address=addresses.get(name)
                )
                for name, each in rules.channels.items()
                if each.personal
            ],
            quiet_from=f"{begin:%H:%M}",
            quiet_to=f"{end:%H:%M}",
            own_quiet_hours=own,
        )

    async def set_settings(
        self, caller: Caller, *, addresses: Mapping[str, str], quiet: tuple[time, time] | None
    ) -> None:
        """Set where and when the caller has messages.

        Args:
            caller: the account.
            addresses: by channel; a channel that is left out sends nothing.
            quiet: from and to, in the city's time; None for the city's quiet hours.

        Raises:
            Refusal: 422, there is no such channel for persons.
        """
        known = [name for name, each in self._policy().notices.channels.items() if each.personal]
        for name in addresses:
            if name not in known:
                raise Refusal(
                    422, "no_channel", f"there is no channel {name!r}; there are {', '.join(known) or 'none'}"
                )
        begin, end = quiet or (None, None)
        async with self._database.changing() as connection:
            await connection.execute(
                _SQL["set_preference"], caller.login, dict(addresses), begin, end, self._clock()
            )
