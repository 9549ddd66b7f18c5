"""A workflow that is wrong is refused with the entry that is."""

from importlib.resources import files
from pathlib import Path

import pytest

from cases import PolicyError
from cases.workflow import SHIPPED, load_workflow, parse_workflow, shipped_workflow

TEXT = files("cases").joinpath("data", "workflow-small.toml").read_text(encoding="utf-8")
STAGE = '[stages.{}]\nname = "陷"\nname_en = "Trap"\noutside = "handle"\nholder = "department"\n'
EXTRA = '[[steps]]\naction = "{}"\nfrom = ["{}"]\n{}\n'

WRONG = [
    ('name = "small"', 'name = "Small town"', "name"),
    ("number = 2", "number = 0", "number"),
    ('title_en = "Small workflow"', "", "title_en"),
    ('name_en = "Handled"', 'name_en = ""', r"stages\[...\].name_en"),
    ('name_en = "Handled"\n', "", "name_en"),
    ("anew = true", "a_new = true", "a_new"),
    ('report_stage = "reported"', 'report_stage = "inbox"', "report_stage 'inbox' must be one of the stages"),
    ('open_stage = "opened"', 'open_stage = "closed"', "open_stage 'closed' must be .* not an end"),
    ('clocks = ["handle"]', 'clocks = ["work"]', "stages.dispatched: clock 'work' is not defined"),
    ('clocks = ["handle"]', "", "clocks.handle runs in no stage"),
    ('holder = "department"', "", "stages.dispatched needs a holder"),
    ('holder = "department"', 'holder = "mayor"', "mayor"),
    ('ended_as = "closed"', 'ended_as = "closed"\nholder = "acceptors"', "closed is an end; it can have"),
    ('ended_as = "merged"', 'ended_as = "merged"\nclocks = ["close"]', "merged is an end; it can have"),
    ('outside = "feedback"', 'outside = "close"', 'stages.handled: outside "close" is for ends'),
    ('refuse = { name = "不予受理"', 'reject = { name = "不予受理"', "actions.reject: there is no"),
    ("split = {", 'take = { name = "接收", name_en = "Take over" }\nsplit = {', "actions.take has no step"),
    ('guards = ["verification_out"]', 'guards = ["sunny"]', "guard 'sunny' is not defined"),
    ('guards = ["verification_out"]', "", r"\(verify_answer\) needs the guard verification_out"),
    ('counts = ["return_count"]', 'counts = ["returns"]', "counts 'returns' is not defined"),
    ('clears = ["department"]', 'clears = ["stage"]', "clears 'stage' is not defined"),
    ('to = "checked"', 'to = "examined"', r"steps: number \d+ \(check\): to 'examined' is not defined"),
    ('to = "checked"', "", r"\(check\) must have the stage that it leads to"),
    ('answers = ["done", "not_done", "cannot_tell"]', 'answers = ["done", "fine"]', "answer 'fine'"),
    ('needs = ["into"]', "", r"\(merge\) must need into"),
    ('needs = ["into"]', 'needs = ["money"]', "money"),
    ('to = "refused"\nneeds = ["note"]', 'to = "refused"\nneeds = ["reason"]', "needs a reason, but"),
    ('to = "refused"', 'to = "cancelled"', r"\(refuse\) must lead to a stage with ended_as = \"refused\""),
    (
        'to = "opened"\nneeds = ["note"]\ncounts = ["return_count"]',
        'to = "opened"\ncounts = ["return_count"]',
        r"\(return\) leads back from dispatched to opened; it must need a reason or a note",
    ),
    (
        'guards = ["has_department"]\ncounts = ["rework_count"]',
        'counts = ["rework_count"]',
        r"\(rework\) gives the case to a department",
    ),
    ("[[steps]]", EXTRA.format("open", "reported", 'to = "opened"') + "[[steps]]", "never taken in reported"),
    ("[[steps]]", EXTRA.format("handle", "closed", 'to = "handled"') + "[[steps]]", "from closed, an end"),
    ("[[steps]]", EXTRA.format("urge", "opened", 'to = "handled"') + "[[steps]]", r"\(urge\)"),
    ("[answers]", '[answers]\nperhaps = { name = "也许", name_en = "Perhaps" }', "answers.perhaps is used"),
    ("[reasons]", '[reasons]\nrain = { name = "下雨", name_en = "Rain" }', "reasons.rain is used in no step"),
    (
        "# --- actions",
        STAGE.format("lost") + "# ---",
        "stages.lost cannot be reached",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "says"), WRONG)
def test_a_wrong_entry_is_named(right: str, wrong: str, says: str) -> None:
    assert right in TEXT
    with pytest.raises(PolicyError, match=says) as refused:
        parse_workflow(TEXT.replace(right, wrong, 1), "mine.toml")
    assert str(refused.value).startswith("mine.toml: ")


def test_a_stage_without_a_way_to_an_end_is_refused() -> None:
    trap = STAGE.format("trap") + "# --- actions"
    steps = EXTRA.format("take", "dispatched", 'to = "trap"')
    text = TEXT.replace("# --- actions", trap).replace("[[steps]]", steps + "[[steps]]", 1)
    text = text.replace("split = {", 'take = { name = "接收", name_en = "Take over" }\nsplit = {', 1)
    named = 'from = ["reported", "opened", "dispatched", "handled", "checked"]'
    closed_in = text.replace('from = "not_ended"', named)
    with pytest.raises(PolicyError, match=r"stages.trap has no way to an end"):
        parse_workflow(closed_in, "mine.toml")
    parse_workflow(text, "mine.toml")  # a step from every stage that is no end leads out of it


def test_a_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"mine\.toml is not valid TOML"):
        parse_workflow("name = ", "mine.toml")


def test_a_city_has_its_own_file_and_otherwise_the_shipped_one(tmp_path: Path) -> None:
    assert load_workflow(tmp_path, "small").digest == load_workflow(None, "small").digest
    own = TEXT.replace("deferrals = 2", "deferrals = 1").replace("number = 2", "number = 7")
    (tmp_path / "workflow-small.toml").write_text(own, encoding="utf-8")
    read = load_workflow(tmp_path, "small")
    assert (read.version, read.deferrals) == (7, 1)
    with pytest.raises(PolicyError, match=r"no .*workflow-large\.toml; write it, or use small and full"):
        load_workflow(tmp_path, "large")
    (tmp_path / "workflow-town.toml").write_text(own, encoding="utf-8")
    with pytest.raises(PolicyError, match="name is 'small'; it must be 'town'"):
        load_workflow(tmp_path, "town")


def test_the_digest_is_of_what_the_file_says_and_not_of_its_comments() -> None:
    digest = parse_workflow(TEXT, "a").digest
    assert parse_workflow("# another comment\n" + TEXT, "a").digest == digest
    assert parse_workflow(TEXT.replace("deferrals = 2", "deferrals = 3"), "a").digest != digest


def test_a_shipped_workflow_that_is_changed_has_a_new_number() -> None:
    """Cases go by the number; the old file is in workflow_version if a case was opened by it."""
    shipped = {name: load_workflow(None, name) for name in SHIPPED}
    assert {(each.name, each.version, each.digest[:12]) for each in shipped.values()} == {
        ("small", 2, "f2af21aabcc4"),
        ("full", 2, "986e6f726b4b"),
    }


def test_the_first_small_workflow_is_known_though_cases_of_that_time_kept_no_version() -> None:
    earlier = shipped_workflow("small", 1)
    assert earlier is not None
    assert (earlier.version, earlier.digest[:12]) == (1, "747d73324adf")
    assert shipped_workflow("small", 2) == load_workflow(None, "small")
    assert shipped_workflow("small", 99) is None
