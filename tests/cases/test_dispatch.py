"""The department for a case: by the first rule that fits, with its reason in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cases import Category, PolicyError
from cases.dispatch import RULES, Department, DispatchFacts, DispatchRules

HEAD = "code_set,category,code,condition,area,owner,department,reason,reason_en"
DEPARTMENTS = {
    each.name: each
    for each in (
        Department(name="市政所", name_en="Roads", code="D01"),
        Department(name="水务公司", name_en="Water", code="D02"),
        Department(name="城管中队", name_en="Enforcement", code="D03"),
    )
}
COVER = DispatchFacts(
    code_set="A",
    category=Category.COMPONENT,
    code="0101",
    condition="1",
    district="350582",
    grid_cell="350582001002003",
)


def rules(*rows: str) -> DispatchRules:
    return DispatchRules.of(
        RULES.read_csv("\n".join([HEAD, *rows]), file="dispatch.csv"), DEPARTMENTS, file="dispatch.csv"
    )


def proposed(found: DispatchRules, facts: DispatchFacts) -> str | None:
    proposal = found.propose(facts)
    return proposal.department if proposal is not None else None


def test_the_first_rule_that_fits_decides_and_says_why() -> None:
    found = rules(
        "A,component,0101,2,,,D03,,",
        "A,component,0101,,350582001,,D02,本街道由水务公司负责,Water looks after this street",
        "A,component,01,,,,市政所,,",
    )
    proposal = found.propose(COVER)
    assert proposal is not None
    assert (proposal.department, proposal.reason) == ("D02", "本街道由水务公司负责")
    assert proposal.reason_en == "Water looks after this street"
    assert proposed(found, replace(COVER, condition="2")) == "D03"
    elsewhere = found.propose(replace(COVER, grid_cell="350582009002003"))
    assert elsewhere is not None
    assert (elsewhere.department, elsewhere.reason) == ("D01", "派遣规则第 4 行:代码 01")
    assert elsewhere.reason_en == "Rule in row 4: code 01"
    assert proposed(found, replace(COVER, code="0201")) is None


def test_an_area_is_a_district_a_street_a_community_or_a_cell() -> None:
    for area in ("350582", "350582001", "350582001002", "350582001002003"):
        found = rules(f",,,,{area},,D01,,")
        assert proposed(found, COVER) == "D01"
        assert proposed(found, replace(COVER, district="350583", grid_cell="350583001002003")) is None
    assert proposed(rules(",,,,350582,,D01,,"), replace(COVER, grid_cell=None)) == "D01"
    assert proposed(rules(",,,,350582001,,D01,,"), replace(COVER, grid_cell=None)) is None


def test_a_component_goes_to_its_owner_if_that_is_a_department() -> None:
    found = rules(",component,,,,,(owner),,", ",,,,,某公司,D03,,", ",,,,,,D01,,")
    assert proposed(found, replace(COVER, owner="水务公司")) == "D02"
    assert proposed(found, replace(COVER, owner="D02")) == "D02"
    assert proposed(found, replace(COVER, owner="某公司")) == "D03"
    assert proposed(found, replace(COVER, owner="别的公司")) == "D01"
    assert proposed(found, COVER) == "D01"


def test_without_a_rule_the_condition_and_then_the_incident_decides() -> None:
    found = rules("A,event,,,,,D03,,")
    assert proposed(found, replace(COVER, responsible="D02", fallback="市政所")) == "D02"
    assert proposed(found, replace(COVER, responsible="产权单位", fallback="市政所")) == "D01"
    assert proposed(found, replace(COVER, fallback="粮食局")) is None


def test_a_rule_names_a_department_of_the_tree_by_its_code_and_is_passed_over_without_an_open_one() -> None:
    found = rules("A,component,01,,,,T42,,", "A,component,,,,,D02,,", ",,,,,,市政所,,")
    assert [(each.number, each.row.department) for each in found.of_the_tree] == [(2, "T42")]
    tree = {"T42": "T42", "D02": "D02", "D01": "D01"}
    in_tree = found.propose(COVER, tree.get)
    assert in_tree is not None
    assert (in_tree.department, in_tree.reason_en) == ("T42", "Rule in row 2: code 01")
    del tree["T42"]
    after = found.propose(COVER, tree.get)
    assert after is not None
    assert after.department == "D02", "the tree does not have it, or it is closed"
    del tree["D02"]
    assert proposed_in(found, COVER, tree) == "D01"
    assert proposed_in(found, COVER, {}) is None
    owned = replace(COVER, owner="热力公司")
    assert proposed_in(rules(",,,,,,(owner),,"), owned, {"热力公司": "T50"}) == "T50"


def proposed_in(found: DispatchRules, facts: DispatchFacts, tree: Mapping[str, str]) -> str | None:
    """The proposal with a tree: codes by codes and names."""
    proposal = found.propose(facts, tree.get)
    return proposal.department if proposal is not None else None


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            (",,,,,,粮食局,,",),
            r"dispatch\.csv: row 2, column department: policy\.toml has no '粮食局'; it has 市政所",
        ),
        ((",,05,,,,D01,,", ",event,0501,,350582,,D02,,"), r"row 3 is never reached, because row 2"),
        ((",,5,,,,D01,,",), r"row 2, column code: '5' is not right"),
        ((",,,,3505,,D01,,",), r"row 2, column area: '3505' is not right; expected a district"),
        ((",,,,,,D01,,",) * 1001, r"dispatch\.csv: more than 1000 rules"),
        ((",,,,,,,,x",), r"row 2, column department: an empty cell is not right"),
    ],
)
def test_a_mistake_is_named_by_row_and_column(rows: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(PolicyError, match=sentence):
        rules(*rows)
