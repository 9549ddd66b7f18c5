"""Codes are taken apart and put together again, and a wrong list names its line."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import Category, CodeError, CodeTable, ComponentCode, GridCode, PolicyError, TypeName

HEAD = "code_set,category,code,name,name_en"


@given(st.from_regex(r"[0-9]{14,15}", fullmatch=True).filter(str.isascii))
def test_a_grid_code_survives_being_taken_apart(text: str) -> None:
    code = GridCode.parse(text)
    assert str(code) == text
    assert (code.district, code.street, code.community) == (text[:6], text[6:9], text[9:12])
    assert len(code.sequence) in {2, 3}


@given(st.from_regex(r"[0-9]{16}", fullmatch=True).filter(str.isascii))
def test_a_component_code_survives_being_taken_apart(text: str) -> None:
    code = ComponentCode.parse(text)
    assert str(code) == text
    assert (code.type, code.sequence) == (text[6:10], text[10:])


@pytest.mark.parametrize("text", ["", "3505820102", "35058201020000011", "350582010200000x", "\uff11" * 16])
def test_a_component_code_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(CodeError, match="expected 16 digits"):
        ComponentCode.parse(text)


@pytest.mark.parametrize("text", ["", "3505820010010", "3505820010010011", "35058200100100\n"])
def test_a_grid_code_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(CodeError, match="expected 15 digits"):
        GridCode.parse(text)


def test_a_code_without_a_name_has_its_class_name_and_else_itself() -> None:
    lines = [HEAD, "A,component,01,公用设施,Public utilities", "A,component,0101,上水井盖,Water supply cover"]
    table = CodeTable.read(lines, file="codes.csv")
    assert len(table) == 2
    assert table.name("A", Category.COMPONENT, "0101").name == "上水井盖"
    assert table.name("A", Category.COMPONENT, "0199").name_en == "Public utilities"
    assert table.name("A", Category.EVENT, "0101") == TypeName(name="0101", name_en="0101")
    assert table.find("B", Category.COMPONENT, "0101") is None


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["code,name", "1,2"], r"codes\.csv: the first line must be"),
        ([HEAD, "A,component,0101,上水井盖"], r"codes\.csv:2: expected 5 columns"),
        ([HEAD, "A,component,0101,a,b,c"], r"codes\.csv:2: expected 5 columns"),
        ([HEAD, "A,thing,0101,a,b"], r"codes\.csv:2: category 'thing' must be component or event"),
        ([HEAD, "A,event,101,a,b"], r"codes\.csv:2: code '101' must have 2 digits"),
        ([HEAD, "A,event,0101,,b"], r"codes\.csv:2: .* must not be empty"),
        ([HEAD, "A,event,0101,a,b", "A,event,0101,c,d"], r"codes\.csv:3: A event 0101 stands there already"),
    ],
)
def test_a_wrong_list_names_its_line(lines: list[str], sentence: str) -> None:
    with pytest.raises(PolicyError, match=sentence):
        CodeTable.read(lines, file="codes.csv")


def test_every_code_of_the_lists_that_are_shipped_belongs_to_a_named_class() -> None:
    text = files("cases").joinpath("data", "codes.csv").read_text(encoding="utf-8")
    table = CodeTable.read(text.splitlines(), file="codes.csv")
    assert len(table) > 100
    for line in text.splitlines()[1:]:
        code_set, category, code, *_ = line.split(",")
        assert table.find(code_set, Category(category), code[:2]) is not None, line
