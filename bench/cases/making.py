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

from bench.cases.wording import PLACES, PROBLEMS, STREETS
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
       street[1] AS street_name, street[2] AS street_name_en,
       CASE WHEN by_person THEN problem[1] END AS title,
       CASE WHEN by_person AND n % 5 <> 0 THEN place[1] || '第' || n || '号路口' || problem[1]
            WHEN by_person THEN problem[2] || ' at ' || place[2] || ' no. ' || n END AS description,
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
    SELECT string_to_array(($8::text[])[1 + (drawn.n::bigint * 7919) % cardinality($8)], ' ') AS about,
           string_to_array(($9::text[])[1 + abs(hashint4(drawn.n) % cardinality($9))], '|') AS street,
           string_to_array(($10::text[])[1 + abs(hashint4(drawn.n + 7) % cardinality($10))], '|') AS place,
           -- The first ones are what cities hear of most.
           string_to_array(($11::text[])[
               1 + floor(power(random(), 2) * cardinality($11) * (drawn.n > 0)::integer)::integer
           ], '|') AS problem
) AS chosen
"""

_OPEN: Final = """
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
           'street_name', street_name, 'street_name_en', street_name_en,
           'title', title, 'description', description)
       || jsonb_build_object(
           'workflow', 'small', 'workflow_version', $3::integer, 'stage', 'opened', 'holder', 'dispatchers',
           'reported_at', reported_at, 'opened_at', reported_at, 'deadline_at', deadline_at,
           'handling_deadline_at', deadline_at, 'key_case', n % 997 = 0),
       CASE WHEN NOT by_person THEN reported_at END
FROM made_case WHERE n > $1 AND n <= $2 ORDER BY n
"""

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

_SUMMARIES: Final = """
INSERT INTO case_file (
    case_id, number, category, code_set, code, type, problem_class, source, opener, district, grid_cell,
    lon, lat, title, description, street_name, street_name_en, workflow, workflow_version, stage, holder,
    reported_at, opened_at, deadline_at, department, assignee, closed_at, changed_at, last_sequence
)
SELECT case_id, number, category, code_set, code, CASE WHEN NOT by_person THEN type END, type, source,
       CASE WHEN by_person THEN 'acceptor-' || n % 20 ELSE source || '/' || n % 500 END, district,
       district || lpad(cell::text, 9, '0'), lon, lat, title, description, street_name, street_name_en,
       'small', $3,
       CASE WHEN reached = 5 THEN 'closed' WHEN reached = 1 THEN 'opened' ELSE 'dispatched' END,
       CASE WHEN reached = 5 THEN 'none' WHEN reached = 1 THEN 'dispatchers' ELSE 'department' END,
       reported_at, reported_at, CASE WHEN reached < 5 THEN deadline_at END,
       CASE WHEN reached > 1 THEN department END,
       CASE WHEN reached > 1 THEN assignee END, CASE WHEN reached = 5 THEN reported_at + took END,
       reported_at + took, reached
FROM made_case WHERE n > $1 AND n <= $2 ORDER BY n
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
    await plan(connection, cases=cases, still_open=still_open, now=now, policy=policy)
    events = 0
    for begin in range(0, cases, _AT_ONCE):
        end = min(begin + _AT_ONCE, cases)
        events += _rows(await connection.execute(_OPEN, begin, end, policy.workflow.version))
        for sequence, share, actor, action, sets in _STEPS:
            events += _rows(await connection.execute(_NEXT, begin, end, sequence, share, actor, action, sets))
        say(f"{end:,} cases, {events:,} events")
    await connection.execute("DROP TABLE made_case")
    return events


async def make_summaries(
    connection: Connection,
    *,
    cases: int,
    still_open: int,
    now: datetime,
    policy: CasePolicy,
    say: Callable[[str], None],
) -> None:
    """Write the same cases as summaries without events, which is quicker, for what reads only summaries."""
    await plan(connection, cases=cases, still_open=still_open, now=now, policy=policy)
    for begin in range(0, cases, _AT_ONCE):
        await connection.execute(_SUMMARIES, begin, min(begin + _AT_ONCE, cases), policy.workflow.version)
        say(f"{min(begin + _AT_ONCE, cases):,} cases")
    await connection.execute("DROP TABLE made_case")


async def plan(
    connection: Connection, *, cases: int, still_open: int, now: datetime, policy: CasePolicy
) -> None:
    """Make the table `made_case`: one row for each case to write."""
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
        ["|".join(street) for street in STREETS],
        ["|".join(place) for place in PLACES],
        ["|".join(problem.split(" ", 1)) for problem in PROBLEMS],
    )
    await connection.execute("CREATE INDEX ON made_case (n)")


def _rows(status: str) -> int:
    return int(status.rsplit(" ", 1)[1])
