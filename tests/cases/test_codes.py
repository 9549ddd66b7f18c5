"""Codes are taken apart and put together again, and a wrong list names its line."""

from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import Category, CodeError, CodeTable, ComponentCode, GridCode, PolicyError, TypeName
from cases.codes import CODES

HEAD = "code_set,category,code,name,name_en"


def table_of(lines: list[str]) -> CodeTable:
    return CodeTable.of(CODES.read_csv("\n".join(lines), file="codes.csv"), file="codes.csv")


@given(st.from_regex(r"[0-9]{14,16}", fullmatch=True).filter(str.isascii))
def test_a_grid_code_survives_being_taken_apart(text: str) -> None:
    code = GridCode.parse(text)
    assert str(code) == text
    assert (code.district, code.street, code.community) == (text[:6], text[6:9], text[9:12])
    assert len(code.sequence) in {2, 3, 4}


@given(st.from_regex(r"[0-9]{16}", fullmatch=True).filter(str.isascii))
def test_a_component_code_survives_being_taken_apart(text: str) -> None:
    code = ComponentCode.parse(text)
    assert str(code) == text
    assert (code.type, code.sequence) == (text[6:10], text[10:])


@pytest.mark.parametrize("text", ["", "3505820102", "35058201020000011", "350582010200000x", "\uff11" * 16])
def test_a_component_code_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(CodeError, match="expected 16 digits"):
        ComponentCode.parse(text)


@pytest.mark.parametrize("text", ["", "3505820010010", "35058200100100111", "35058200100100\n"])
def test_a_grid_code_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(CodeError, match="expected 14 to 16 digits"):
        GridCode.parse(text)


def test_a_code_without_a_name_has_its_class_name_and_else_itself() -> None:
    lines = [HEAD, "A,component,01,公用设施,Public utilities", "A,component,0101,上水井盖,Water supply cover"]
    table = table_of(lines)
    assert len(table) == 2
    assert table.name("A", Category.COMPONENT, "0101").name == "上水井盖"
    assert table.name("A", Category.COMPONENT, "0199").name_en == "Public utilities"
    assert table.name("A", Category.EVENT, "0101") == TypeName(name="0101", name_en="0101")
    assert table.find("B", Category.COMPONENT, "0101") is None


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["code,colour", "1,2"], r"codes\.csv: row 1: 'colour' is not a column"),
        (["code,name,code", "1,2,3"], r"codes\.csv: row 1: column code is repeated"),
        (["code,name", "1,2"], r"codes\.csv: row 1: column code_set is missing"),
        ([HEAD, "A,component,0101,上水井盖"], r"codes\.csv: row 2: expected 5 columns"),
        ([HEAD, "A,component,0101,a,b,c"], r"codes\.csv: row 2: expected 5 columns"),
        (
            [HEAD, "A,thing,0101,a,b"],
            r"row 2, column category: 'thing' is not right; expected component",
        ),
        ([HEAD, "A,event,1,a,b"], r"row 2, column code: '1' is not right; expected 2 to 6 digits"),
        ([HEAD, "A,event,0101001,a,b"], r"row 2, column code: '0101001' is not right"),
        ([HEAD, "", "A,event,0101,,b"], r"row 3, column name: an empty cell is not right; expected a text"),
        ([HEAD, "A,event,0101,a,b\x00"], r"row 2, column name_en: the text contains a control character"),
        ([HEAD, "A,event,0101,a,=b"], r"row 2, column name_en: a text may not begin with ="),
        ([HEAD, "A,event,0101,a,b", "A,event,0101,c,d"], r"row 3: A event 0101 is in row 2 already"),
        (
            [HEAD + ",valid_from,valid_to", "A,event,0101,a,b,2027-01-01,2026-01-01"],
            r"row 2, column valid_to: 2026-01-01 is before valid_from",
        ),
        (
            [HEAD + ",valid_from", "A,event,0101,a,b,01.02.2027"],
            r"row 2, column valid_from: '01.02.2027' is not right; expected a day such as 2027-01-01",
        ),
    ],
)
def test_a_wrong_list_names_its_line(lines: list[str], sentence: str) -> None:
    with pytest.raises(PolicyError, match=sentence):
        table_of(lines)


def test_every_code_of_the_lists_that_are_shipped_belongs_to_a_named_class() -> None:
    text = files("cases").joinpath("data", "codes.csv").read_text(encoding="utf-8")
    table = table_of(text.splitlines())
    assert len(table) > 100
    for line in text.splitlines()[1:]:
        code_set, category, code, *_ = line.split(",")
        assert table.find(code_set, Category(category), code[:2]) is not None, line


def test_a_code_is_given_to_cases_on_its_days_and_keeps_its_name_after_them() -> None:
    table = table_of(
        [
            HEAD + ",valid_from,valid_to",
            "A,event,010101,旧名,Old name,,2026-12-31",
            "A,event,010101,新名,New name,2027-01-01,",
            "A,event,02,其他,Other,,2026-06-30",
        ]
    )
    assert table.name("A", Category.EVENT, "010101").name_en == "New name"
    assert table.holds("A", Category.EVENT, "010101", date(2026, 6, 1))
    assert table.holds("A", Category.EVENT, "02", date(2026, 6, 30))
    assert not table.holds("A", Category.EVENT, "02", date(2026, 7, 1))
    assert table.name("A", Category.EVENT, "02").name == "其他"


def test_a_list_is_read_as_a_spreadsheet_writes_it() -> None:
    chinese = "\ufeff代码集;类别;代码;名称;英文名称\r\nA;event;0501;a;b\r\n;;;;\r\n"
    assert (
        CodeTable.of(CODES.read_csv(chinese, file="x"), file="x").name("A", Category.EVENT, "0501").name
        == "a"
    )


def test_a_component_has_the_longest_code_that_its_digits_begin_with() -> None:
    table = table_of(
        [HEAD, "A,component,01,a,b", "A,component,0102,a,b", "A,component,01020,a,b", "B,component,0102,a,b"]
    )
    assert table.of_component("A", ComponentCode.parse("3505820102000001")) == "01020"
    assert table.of_component("B", ComponentCode.parse("3505820102000001")) == "0102"
    assert table.of_component("A", ComponentCode.parse("3505820199000001")) is None
