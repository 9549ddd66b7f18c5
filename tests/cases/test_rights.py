"""The table of rights: the whole matrix of the shipped one, and what a table may not be."""

from __future__ import annotations

import itertools

import pytest

from cases.errors import RightsError
from cases.rights import ACTIONS, COLUMNS, PERSONS_ROLES, Actor, Rights, Role

# Who may do what with the shipped table, written down a second time. `any`: everywhere; `own`: in the actor's
# districts; `dep`: a case of the actor's department there; `asg`: assigned to the actor there; `opn`: opened
# by the actor there; `a/o`: either. After a colon: only while one of these pools holds the case (`HOLDERS`).
COLUMNS_OF_MATRIX = (
    "patrol", "acceptor", "shift_lead", "dispatcher", "department_desk", "handler", "inspector", "leader",
    "administrator",
)  # fmt: skip
MATRIX = """
                       patrol  accept  lead    dispat  desk    handl   insp    leader  admin
audit.read             -       -       -       -       -       -       -       -       any
camera.read            -       own     own     own     -       -       own     own     -
city.read              any     any     any     any     any     any     any     any     any
duty.administer        -       -       any     -       -       -       -       -       any
evidence.original      a/o     own     own     own     dep     asg     own     own     -
evidence.read          a/o     own     own     own     dep     asg     own     own     -
exchange.administer    -       -       -       -       -       -       -       -       any
export.read            -       -       own     -       -       -       own     own     -
history.read           -       -       own     own     -       -       own     own     -
incident.read          -       own     own     own     -       -       own     own     -
live.read              -       own     own     own     -       -       own     own     -
people.administer      -       -       -       -       -       -       -       -       any
people.read            any     any     any     any     any     any     any     any     any
rights.administer      -       -       -       -       -       -       -       -       any
shift.hand_over        -       -       any     -       -       -       -       -       -
staff_live.read        -       own     own     own     -       -       own     own     -
staff_track.read       -       -       own     -       -       -       own     own     -
system.read            -       any     any     any     -       -       any     any     any
case.read              a/o     own     own     own     dep     asg     own     own     -
case.report            own     own     own     own     -       -       own     own     -
case.accept            -       own     own     -       -       -       -       -       -
case.refuse            -       own     own     -       -       -       -       -       -
case.verify            -       own     own     -       -       -       -       -       -
case.verify_answer     asg     -       own     -       -       -       -       -       -
case.check_request     -       own     own     -       -       -       -       -       -
case.check_answer      asg     -       own     -       -       -       -       -       -
case.check             -       own     own     -       -       -       -       -       -
case.open              -       own     own     -       -       -       -       -       -
case.not_open          -       own     own     -       -       -       -       -       -
case.void              -       own     own     -       -       -       -       -       -
case.cancel            -       own     own     own     -       -       -       -       -
case.dispatch          -       -       own     own     -       -       -       -       -
case.take              -       -       -       -       dep:dh  -       -       -       -
case.assign            -       -       -       -       dep:dh  -       -       -       -
case.withdraw          -       -       -       -       dep:dh  -       -       -       -
case.hand_back         -       -       -       -       -       asg     -       -       -
case.handle            -       -       -       -       dep:dh  asg     -       -       -
case.confirm           -       own:a   own     own:i   dep:dh  -       -       -       -
case.return            -       own:a   own     own:i   dep:dh  -       -       -       -
case.rework            -       own     own     own     dep:dh  -       -       -       -
case.defer             -       -       -       -       dep:dh  asg     -       -       -
case.defer_grant       -       -       own     own     -       -       -       -       -
case.defer_refuse      -       -       own     own     -       -       -       -       -
case.suspend           -       -       own     own     -       -       -       -       -
case.suspend_request   -       -       own     own     dep:dh  -       -       -       -
case.suspend_grant     -       -       own     own     -       -       -       -       -
case.suspend_refuse    -       -       own     own     -       -       -       -       -
case.resume            -       -       own     own     -       -       -       -       -
case.urge              -       own     own     own     -       -       own     own     -
case.answer_urge       -       -       -       -       dep     asg     -       -       -
case.key               -       -       own     own     -       -       -       own     -
case.merge             -       own     own     own     -       -       -       -       -
case.split             -       own     own     own     -       -       -       -       -
case.self_handle       opn     -       -       -       -       -       -       -       -
case.close             -       own     own     -       -       -       -       -       -
case.force_close       -       -       own     -       -       -       -       -       -
case.reopen            -       own     own     -       -       -       -       -       -
case.call_back         -       own     own     -       -       -       -       -       -
case.publish           -       own     own     -       -       -       -       -       -
case.appeal            -       -       -       -       dep     -       -       -       -
case.appeal_grant      -       own     own     own     -       -       -       -       -
case.appeal_refuse     -       own     own     own     -       -       -       -       -
case.issue_slip        -       own     own     own     dep     -       own     own     -
case.issue_enforcement a/o     -       -       -       dep     asg     -       -       -
case.void_document     -       -       own     -       dep     -       -       -       -
case.move_workflow     -       -       -       -       -       -       -       -       any
"""
HOLDERS = {"a": "acceptors", "i": "dispatchers", "d": "department", "h": "handler"}
EXPECTED = {
    (line.split()[0], role): cell
    for line in MATRIX.strip().splitlines()[1:]
    for role, cell in zip(COLUMNS_OF_MATRIX, line.split()[1:], strict=True)
}
RIGHTS = Rights.shipped()


def expected(
    cell: str, *, holder: str, own_district: bool, own_department: bool, assigned: bool, opened: bool
) -> bool:
    whose, _, holders = cell.partition(":")
    if holders and holder not in {HOLDERS[letter] for letter in holders}:
        return False
    mine = {"dep": own_department, "asg": assigned, "opn": opened, "a/o": assigned or opened, "own": True}
    return whose == "any" or (whose != "-" and own_district and mine[whose])


def li(*roles: str, districts: tuple[str, ...] = ("350582",)) -> Actor:
    return Actor(
        name="li",
        roles=frozenset(roles),
        department="D02",
        departments=frozenset({"D02", "D0201", "环卫所"}),
        districts=frozenset(districts),
    )


@pytest.mark.parametrize("role", COLUMNS_OF_MATRIX)
def test_the_shipped_table_allows_what_the_matrix_says_and_nothing_else(role: str) -> None:
    assert set(COLUMNS_OF_MATRIX) == PERSONS_ROLES
    actor = li(role)
    circumstances = itertools.product(
        HOLDERS.values(), (True, False), ("D02", "D0201", "环卫所", "D03", None), ("li", "wang"), ("li", None)
    )
    for holder, own_district, department, assignee, opener in circumstances:
        for (action, of_role), cell in EXPECTED.items():
            if of_role != role:
                continue
            allowed = RIGHTS.allows(
                actor, action, stage="s", holder=holder, department=department,
                district="350582" if own_district else "350583", assignee=assignee, opener=opener,
            )  # fmt: skip
            wanted = expected(
                cell, holder=holder, own_district=own_district,
                own_department=department in {"D02", "D0201", "环卫所"},
                assigned=assignee == "li", opened=opener == "li",
            )  # fmt: skip
            assert allowed is wanted, (action, holder, own_district, department, assignee, opener)
            if cell == "-":
                assert not RIGHTS.allows_somewhere(actor, action), action


def test_the_matrix_names_every_action_of_the_table_and_of_the_code() -> None:
    named = {action for action, _ in EXPECTED}
    assert {entry.action for entry in RIGHTS.entries} == named
    assert set(ACTIONS) == {action for action in named if not action.startswith("case.")}


def test_nobody_who_handles_decides_that_it_is_handled() -> None:
    for role in (Role.HANDLER, Role.DEPARTMENT_DESK):
        for action in ("case.close", "case.check", "case.force_close", "case.check_answer"):
            assert not RIGHTS.allows_somewhere(li(role), action), (role, action)


def test_a_scope_contains_exactly_what_may_be_read() -> None:
    for roles in (*((role,) for role in PERSONS_ROLES), ("patrol", "department_desk"), ("handler", "leader")):
        for districts in ((), ("350582",)):
            actor = li(*roles, districts=districts)
            scope = RIGHTS.scope(actor, "case.read")
            for district, department, assignee, opener in itertools.product(
                ("350582", "350583"), ("D02", "D03", None), ("li", None), ("li", "wang")
            ):
                thing = {
                    "district": district, "department": department, "assignee": assignee, "opener": opener
                }  # fmt: skip
                assert scope.contains(**thing) is RIGHTS.allows(actor, "case.read", **thing), (roles, thing)
    assert RIGHTS.scope(li("leader", districts=()), "case.read").is_everything
    assert not RIGHTS.scope(li("administrator"), "case.read")


def test_an_account_without_roles_may_do_nothing_and_a_program_everything() -> None:
    nobody = li()
    assert not RIGHTS.actions_of(nobody)
    assert not any(RIGHTS.allows_somewhere(nobody, action) for action in ACTIONS)
    worker = Actor.system("system/worker")
    assert RIGHTS.allows(worker, "case.clock_ran_out", stage="dispatched", district="350582")
    assert RIGHTS.scope(worker, "case.read").is_everything


def test_something_outside_all_districts_is_not_in_a_persons_districts() -> None:
    assert not RIGHTS.allows(li("leader"), "history.read", district=None)
    assert RIGHTS.allows(li("leader", districts=()), "history.read", district=None)


def test_an_entry_holds_in_its_stage_only() -> None:
    rights = with_rows("patrol,case.urge,handled,*,any,any")
    assert rights.allows(li("patrol"), "case.urge", stage="handled")
    assert not rights.allows(li("patrol"), "case.urge", stage="opened")
    assert not rights.allows(li("patrol"), "case.urge")


def with_rows(*rows: str) -> Rights:
    kept = ("administrator,people.administer,*,*,any,any", "administrator,rights.administer,*,*,any,any")
    return Rights.read([",".join(COLUMNS), *kept, *rows], file="rights.csv")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("boss,case.read,*,*,any,own", "rights.csv:4: role 'boss' must be one of acceptor"),
        ("system,case.read,*,*,any,own", "role 'system' must be one of"),
        ("leader,cases.read,*,*,any,own", "action 'cases.read' must be case.…"),
        ("leader,case.Read,*,*,any,own", "action 'case.Read' must be"),
        ("leader,case.urge,a stage,*,any,own", "stage 'a stage' must be a name of the workflow, or \\*"),
        ("leader,case.urge,*,!,any,own", "holder '!' must be"),
        ("leader,case.urge,*,*,mine,own", "whose 'mine' must be one of any, department, assignee, opener"),
        ("leader,case.urge,*,*,any,all", "district 'all' must be any or own"),
        ("leader,case.read,handled,*,any,own", "case.read cannot be limited to a stage or a holder"),
        ("leader,history.read,*,acceptors,any,own", "history.read cannot be limited"),
        ("leader,system.read,*,*,any,own", "system.read concerns no place"),
        ("leader,case.urge,*,*,any", "rights.csv:4: expected 6 columns"),
        ("administrator,people.administer,*,*,any,any", "rights.csv:4: this row is a repetition"),
    ],
)
def test_a_wrong_row_is_refused_by_its_line(row: str, said: str) -> None:
    with pytest.raises(RightsError, match=said):
        with_rows(row)


def test_a_table_that_locks_everybody_out_is_refused() -> None:
    with pytest.raises(RightsError, match=r"administrator must keep people\.administer"):
        Rights.read([",".join(COLUMNS), "leader,case.read,*,*,any,own"], file="rights.csv")
    with pytest.raises(RightsError, match="the first line must be role,action,stage,holder,whose,district"):
        Rights.read(["role,action"], file="rights.csv")


def test_a_table_is_the_same_after_it_was_written_and_read() -> None:
    lines = [",".join(COLUMNS), *(",".join(row.values()) for row in RIGHTS.rows())]
    assert Rights.read(lines, file="again") == RIGHTS
