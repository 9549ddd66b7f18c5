"""The lists that can be imported: their columns, and what a row of each must say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cases.codes import ComponentCode
from cases.errors import CodeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column, with the other names that it may have in the file; upper and lower case are the same."""

    name: str
    others: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTable:
    """A list.

    Attributes:
        key: the column that no two rows may have the same.
        place: whether each row needs a place.
    """

    name: str
    columns: tuple[Column, ...]
    key: str
    place: bool = False


class CellError(ValueError):
    """A cell is refused; the text says what is right there.

    Args:
        column: its name.
    """

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column


# The names of component data by CJ/T 214 and GB/T 30428.2 are among the others.
_CODE: Final = Column(
    name="code", others=("ObjID", "标识码", "部件标识码", "部件编码", "component"), needed=True
)
_OWNER: Final = ("DeptName2", "权属单位", "权属单位名称", "responsible", "责任单位")

TABLES: Final[Mapping[str, ImportTable]] = {
    "components": ImportTable(
        name="components",
        columns=(
            _CODE,
            Column(name="class", others=("类别代码", "小类代码")),
            Column(name="code_set", others=("代码集",)),
            Column(name="name", others=("ObjName", "部件名称", "名称")),
            Column(name="name_en", others=("英文名称",)),
            Column(name="owner", others=_OWNER),
        ),
        key="code",
        place=True,
    ),
    "units": ImportTable(
        name="units",
        columns=(
            Column(name="code", others=("DeptCode", "单位代码", "部门代码"), needed=True),
            Column(name="name", others=("DeptName", "单位名称", "部门名称"), needed=True),
            Column(name="name_en", others=("英文名称",)),
            Column(name="parent", others=("上级代码", "上级单位代码", "上级部门代码")),
        ),
        key="code",
    ),
    "responsibility": ImportTable(
        name="responsibility",
        columns=(_CODE, Column(name="owner", others=_OWNER, needed=True)),
        key="code",
    ),
}

_CLASS: Final = re.compile("[0-9]{2,6}")
_LONGEST: Final = 200


def checked(table: ImportTable, cells: Mapping[str, str], *, code_set: str) -> dict[str, str | None]:
    """The values of a row; empty cells are None.

    Args:
        table: of the row.
        cells: by the names of the columns.
        code_set: of components whose row names none.

    Raises:
        CellError: a cell is wrong.
    """
    values: dict[str, str | None] = {column.name: cells.get(column.name) or None for column in table.columns}
    for column in table.columns:
        text = values[column.name]
        if column.needed and text is None:
            raise CellError(column.name, "it is empty; this column is needed")
        if text is not None and len(text) > _LONGEST:
            raise CellError(column.name, f"it has more than {_LONGEST} characters")
        if text is not None and text.startswith(("=", "@")):
            raise CellError(column.name, f"a text may not begin with {text[0]}")
    if table.name in {"components", "responsibility"}:
        component = _component(values["code"] or "")
        if table.name == "components":
            values["class"] = values["class"] or component.type
            values["code_set"] = values["code_set"] or code_set
            if not _CLASS.fullmatch(str(values["class"])):
                raise CellError("class", "give 2 to 6 digits, or leave it empty for that in the code")
    if table.name == "units":
        values["name_en"] = values["name_en"] or values["name"]
    return values


def _component(text: str) -> ComponentCode:
    try:
        return ComponentCode.parse(text)
    except CodeError as error:
        raise CellError("code", str(error)) from None
