"""A city's cases of two years, made by the database itself, as events.

What they add up to is left to the program.

Each case has the events that a city's cases have: opened by a camera, a sensor or a person, dispatched,
handled, checked, closed; the newest are still open. The events go through the table's own trigger, which
chains them; no summary is written here: `casework.summaries` makes those, as after a loss.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from cases import CasePolicy
from store.connection import Connection

DISTRICTS: Final = tuple(f"3505{number:02d}" for number in range(1, 13))
HANDLERS: Final = 400
GRID_CELLS: Final = 3000
_AT_ONCE: Final = 20_000

_PLAN: Final = """
CREATE UNLOGGED TABLE made_case AS
SELECT n, gen_random_uuid() AS case_id, reported_at, reported_at + handling AS deadline_at,
       'SW' || to_char(reported_at AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD')
           || lpad((n % 100000)::text, 5, '0') AS number,
       about[1] AS category, about[2] AS code_set, about[3] AS code, about[4] AS type, by_person,
       CASE WHEN by_person
            THEN (ARRAY['hotline', 'citizen', 'patrol', 'patrol', 'patrol', 'leader'])[1 + n::bigint * 7 % 6]
            ELSE (ARRAY['camera', 'camera', 'sensor', 'rule'])[1 + n::bigint * 11 % 4] END AS source,
       ($3::text[])[1 + (power(random(), 1.7) * (cardinality($3) - 1))::integer] AS department,
       ($4::text[])[1 + (power(random(), 1.4) * (cardinality($4) - 1))::integer] AS district,
       (random() * ($5 - 1))::integer AS cell, 'handler-' || (random() * ($6 - 1))::integer AS assignee,
       118.55 + random() * 0.2 AS lon, 24.8 + random() * 0.2 AS lat,
       -- All but the newest have ended.
       CASE WHEN n <= $1 - $7 THEN 5 ELSE 1 + floor(random() * 4)::integer END AS reached,
       handling * (0.2 + random() * 1.1) AS took
FROM (
    SELECT n, $2::timestamptz - ($1 - n) * (INTERVAL '730 days' / $1) AS reported_at,
           random() < 0.45 AS by_person,
           (ARRAY['2 hours', '1 day', '2 days', '4 days', '7 days']::interval[])[
               1 + floor(random() * 5)::integer]
               AS handling
    FROM generate_series(1, $1::integer) AS n
) AS drawn, LATERAL (
    SELECT string_to_array(($8::text[])[1 + (drawn.n::bigint * 7919) % cardinality($8)], ' ') AS about
) AS chosen
"""

_TITLES: Final = "ARRAY['井盖破损', '路灯不亮', '占道经营', '垃圾未清', '积水']"
_WORDS: Final = "ARRAY['井盖松动有异响', '夜间路灯不亮', '摊贩占用人行道', '垃圾桶满溢', '雨后积水严重']"

_OPEN: Final = f"""
INSERT INTO case_event (case_id, sequence, at, actor, action, sets, observed_at)
SELECT case_id, 1, reported_at,
       CASE WHEN by_person THEN 'acceptor-' || n % 20 ELSE source || '/' || n % 500 END, 'open',
       jsonb_build_object(
           'number', number, 'category', category, 'code_set', code_set, 'code', code,
           'type', CASE WHEN NOT by_person THEN type END, 'problem_class', type, 'source', source,
           'opener', CASE WHEN by_person THEN 'acceptor-' || n % 20 ELSE source || '/' || n % 500 END,
           'camera', CASE WHEN source = 'camera' THEN 'cam-' || n % 500 END,
           'zone', CASE WHEN source = 'camera' THEN 'zone-' || n END,
           'district', district, 'grid_cell', district || lpad(cell::text, 9, '0'), 'lon', lon, 'lat', lat,
           'title', CASE WHEN by_person THEN ({_TITLES})[1 + n % 5] END,
           'description', CASE WHEN by_person THEN '第' || n || '号路口东侧' || ({_WORDS})[1 + n % 5] END)
       || jsonb_build_object(
           'workflow', 'small', 'workflow_version', $3::integer, 'stage', 'opened', 'holder', 'dispatchers',
           'reported_at', reported_at, 'opened_at', reported_at, 'deadline_at', deadline_at,
           'handling_deadline_at', deadline_at, 'key_case', n % 997 = 0),
       CASE WHEN NOT by_person THEN reported_at END
FROM made_case WHERE n > $1 AND n <= $2 ORDER BY n
"""  # noqa: S608 our own words

_NEXT: Final = """
INSERT INTO case_event (case_id, sequence, at, actor, action, sets)
SELECT case_id, $3::integer, reported_at + took * $4::double precision, $5::text, $6::text,
       $7::jsonb || CASE $6::text
           WHEN 'dispatch' THEN jsonb_build_object(
               'department', department, 'assignee', assignee,
               'dispatched_at', reported_at + took * $4::double precision)
           WHEN 'handle' THEN jsonb_build_object('handled_at', reported_at + took * $4::double precision)
           WHEN 'close' THEN jsonb_build_object('closed_at', reported_at + took * $4::double precision)
           ELSE '{}' END
FROM made_case WHERE n > $1 AND n <= $2 AND reached >= $3::integer ORDER BY n
"""

_ENDED: Final = {"stage": "closed", "holder": "none", "ended_as": "closed", "deadline_at": None}
_STEPS: Final = (
    (2, 0.1, "dispatcher-1", "dispatch", {"stage": "dispatched", "holder": "department"}),
    (3, 0.7, "department-1", "handle", {"stage": "handled", "holder": "acceptors"}),
    (4, 0.8, "acceptor-1", "check", {"stage": "checked"}),
    (5, 0.9, "acceptor-1", "close", _ENDED),
)


async def make(
    connection: Connection,
    *,
    cases: int,
    still_open: int,
    now: datetime,
    policy: CasePolicy,
    say: Callable[[str], None],
) -> int:
    """Write the events of so many cases.

    Args:
        connection: of the tables' owner.
        cases: how many.
        still_open: how many of the newest have not ended.
        now: when the newest was reported.
        policy: what cases are about, and who handles them.
        say: told how far it is.

    Returns:
        How many events.
    """
    about = [f"{rule.category} {rule.code_set} {rule.code} {name}" for name, rule in policy.rules.items()]
    about += [f"component A {code:04d} other" for code in range(101, 120)]
    await connection.execute("SELECT setseed(0.5)")
    await connection.execute(
        _PLAN,
        cases,
        now,
        [*map(policy.department_code, policy.departments)],
        list(DISTRICTS),
        GRID_CELLS,
        HANDLERS,
        still_open,
        about,
    )
    await connection.execute("CREATE INDEX ON made_case (n)")
    events = 0
    for begin in range(0, cases, _AT_ONCE):
        end = min(begin + _AT_ONCE, cases)
        events += _rows(await connection.execute(_OPEN, begin, end, policy.workflow.version))
        for sequence, share, actor, action, sets in _STEPS:
            events += _rows(await connection.execute(_NEXT, begin, end, sequence, share, actor, action, sets))
        say(f"{end:,} cases, {events:,} events")
    await connection.execute("DROP TABLE made_case")
    return events


def _rows(status: str) -> int:
    return int(status.rsplit(" ", 1)[1])
