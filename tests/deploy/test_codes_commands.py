"""`streetwarden codes`: exported spreadsheets import unchanged, and a mistake changes nothing."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from click.testing import CliRunner, Result

from cases import CasePolicy
from deploy.codes_commands import codes

SHIPPED = CasePolicy.load()
TABLES = ("codes", "conditions", "dispatch")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(codes, [str(word) for word in words])


def refused(*words: str | Path) -> str:
    result = run(*words)
    assert result.exit_code == 1, result.output
    return str(result.exception)


def imported(*words: str | Path) -> str:
    result = run("import", *words)
    assert result.exit_code == 0, result.exception
    return result.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the shipped tables in it, each as a CSV file."""
    folder = tmp_path / "policy"
    assert run("export", tmp_path / "shipped").exit_code == 0
    imported(*sorted((tmp_path / "shipped").glob("*.csv")), "--folder", folder)
    return folder


def sheet(file: Path, name: str, *rows: tuple[str | float, ...]) -> Path:
    book = xlsxwriter.Workbook(str(file))
    page = book.add_worksheet(name)
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return file


@pytest.mark.parametrize("language", [(), ("--chinese",)])
def test_tables_survive_a_workbook_and_csv_files(tmp_path: Path, language: tuple[str, ...]) -> None:
    assert run("export", tmp_path / "all.xlsx", *language).exit_code == 0
    assert run("export", tmp_path / "all", *language).exit_code == 0
    assert {file.stem for file in (tmp_path / "all").iterdir()} == set(TABLES)
    for sources in ([tmp_path / "all.xlsx"], sorted((tmp_path / "all").iterdir())):
        folder = tmp_path / f"policy-{len(sources)}"
        imported(*sources, "--folder", folder)
        policy = CasePolicy.load(folder)
        assert policy.codes.rows == SHIPPED.codes.rows
        assert policy.conditions.rows == SHIPPED.conditions.rows
        assert policy.dispatch.rows == SHIPPED.dispatch.rows


def test_the_shipped_tables_are_looked_at_and_nothing_is_found() -> None:
    result = run("check")
    assert result.exit_code == 0
    assert "codes: 120 in sets A, B" in result.output
    assert "look:" not in result.output


def test_a_mistake_is_named_by_sheet_row_and_column_and_nothing_is_written(
    tmp_path: Path, folder: Path
) -> None:
    before = {file: file.read_bytes() for file in folder.iterdir()}
    head = ("code_set", "category", "code", "name", "name_en")
    wrong = sheet(tmp_path / "a.xlsx", "codes", head, ("A", "thing", "01", "a", "b"))
    assert "a.xlsx, sheet codes: row 2, column category: 'thing' is not right; expected component" in refused(
        "import", wrong, "--folder", folder
    )
    number = sheet(tmp_path / "b.xlsx", "Tabelle1", head, ("A", "event", 501, "a", "b"))
    assert "b.xlsx, sheet Tabelle1: row 2, column code: 501 is a number there" in refused(
        "import", number, "--folder", folder
    )
    lost = (folder / "codes.csv").read_text(encoding="utf-8") + "A,event,501,a,b,,\n"
    (tmp_path / "codes.csv").write_text(lost, encoding="utf-8")
    assert "code: 501 belongs to class 50, which set A does not have" in refused(
        "import", tmp_path / "codes.csv", "--folder", folder
    )
    assert "none of its sheets is a table" in refused(
        "import", sheet(tmp_path / "c.xlsx", "x", ("a", "b")), "--folder", folder
    )
    (tmp_path / "d.xlsx").write_bytes(b"no workbook")
    assert "cannot be read as a spreadsheet" in refused("import", tmp_path / "d.xlsx", "--folder", folder)
    (tmp_path / "e.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "e.csv is no table of codes" in refused("import", tmp_path / "e.csv", "--folder", folder)
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_the_workflow_of_the_city_is_found_beside_its_tables(tmp_path: Path, folder: Path) -> None:
    shipped = files("cases").joinpath("data")
    policy = shipped.joinpath("policy.toml").read_text(encoding="utf-8")
    workflow = shipped.joinpath("workflow-small.toml").read_text(encoding="utf-8")
    (folder / "policy.toml").write_text(
        policy.replace('workflow = "small"', 'workflow = "ours"', 1), encoding="utf-8"
    )
    (folder / "workflow-ours.toml").write_text(
        workflow.replace('name = "small"', 'name = "ours"', 1), encoding="utf-8"
    )
    assert run("check", "--folder", folder).exit_code == 0
    imported(tmp_path / "shipped" / "codes.csv", "--folder", folder)


def test_a_limit_that_the_offices_never_work_is_named_with_its_condition(
    tmp_path: Path, folder: Path
) -> None:
    text = (folder / "conditions.csv").read_text(encoding="utf-8")
    (tmp_path / "conditions.csv").write_text(
        text.replace(",5,working_day,", ",9000,working_day,", 1), encoding="utf-8"
    )
    said = refused("import", tmp_path / "conditions.csv", "--folder", folder, "--correct")
    assert "conditions.csv: A component 0101 4: a limit of 9000 working_days lies beyond" in said


def test_all_tables_are_checked_together(tmp_path: Path, folder: Path) -> None:
    rows = (folder / "codes.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "codes.csv").write_text(
        "\n".join(row for row in rows if not row.startswith("A,event,0503,")), encoding="utf-8"
    )
    said = refused("import", tmp_path / "codes.csv", "--folder", folder)
    assert "conditions.csv: row" in said
    assert "column code: set A has no event 0503" in said


def test_conditions_that_cases_were_opened_by_are_ended_and_not_changed(tmp_path: Path, folder: Path) -> None:
    text = (folder / "conditions.csv").read_text(encoding="utf-8")
    old = next(row for row in text.splitlines() if row.startswith("A,event,0501,1,2020-01-01,,"))
    shorter = tmp_path / "conditions.csv"
    shorter.write_text(text.replace(old, old.replace(",2,urgent_hour,", ",1,urgent_hour,")), encoding="utf-8")
    assert "condition A event 0501 1 from 2020-01-01 is different; end it with valid_to" in refused(
        "import", shorter, "--folder", folder
    )
    assert "1 new or changed, 1 gone or changed" in imported(
        shorter, "--folder", folder, "--correct", "--dry-run"
    )
    assert (folder / "conditions.csv").read_text(encoding="utf-8") == text
    ended = old.replace("1,2020-01-01,,", "1,2020-01-01,2099-12-31,")
    newer = old.replace("1,2020-01-01,,", "1,2100-01-01,,").replace(",2,urgent_hour,", ",1,urgent_hour,")
    shorter.write_text(text.replace(old, f"{ended}\n{newer}"), encoding="gb18030")
    assert "2 new or changed, 1 gone or changed" in imported(shorter, "--folder", folder)
    assert ended in (folder / "conditions.csv").read_text(encoding="utf-8")


def test_an_unwritable_folder_is_an_error_and_keeps_its_files(tmp_path: Path, folder: Path) -> None:
    before = (folder / "codes.csv").read_bytes()
    (folder / ".dispatch.csv.new").mkdir()
    sources = sorted((tmp_path / "shipped").glob("*.csv"))
    assert "cannot be written" in refused("import", *sources, "--folder", folder)
    assert (folder / "codes.csv").read_bytes() == before
