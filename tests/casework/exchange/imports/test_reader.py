"""Files with lists, as cities have them and as attackers make them: read, or refused in a sentence."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pyproj
import pytest
import shapefile  # type: ignore[import-untyped]
import xlsxwriter  # type: ignore[import-untyped]

from casework.exchange.imports import How, ImportFileError, read_file
from casework.exchange.imports.reader import read

LON, LAT = 118.6, 24.9


def workbook(fill: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    fill(book.add_worksheet("部件"))
    book.close()
    return out.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def shape_parts(
    x: float = LON, y: float = LAT, *, prj: str | None = "EPSG:4326", encoding: str = "gb18030"
) -> dict[str, bytes]:
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POINT, encoding=encoding) as writer:
        writer.field("ObjID", "C", 16)
        writer.field("ObjName", "C", 40)
        writer.point(x, y)
        writer.record("3505820102000001", "污水井盖")
    parts = {"layer.shp": shp.getvalue(), "layer.shx": shx.getvalue(), "layer.dbf": dbf.getvalue()}
    if prj is not None:
        parts["layer.prj"] = pyproj.CRS(prj).to_wkt("WKT1_ESRI").encode()
    if encoding == "utf-8":
        parts["layer.cpg"] = b"UTF-8"
    return parts


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_file_is_read_in_its_encoding_and_with_its_delimiter(encoding: str) -> None:
    text = "code;name;lon;lat\n1;井盖;118.6;24.9\n\n2;树;;\n3;灯;x;1\n"
    sheet = read(text.encode(encoding), How(format="csv"))
    assert sheet.head == ["code", "name", "lon", "lat"]
    assert [(row.number, row.cells[1], row.place) for row in sheet.rows] == [
        (2, "井盖", (LON, LAT)),
        (4, "树", None),
        (5, "灯", None),
    ]
    assert sheet.rows[2].fault == "it is no point; check the projection"


def test_a_workbook_is_read_with_its_dates_and_whole_numbers() -> None:
    def fill(sheet: Any) -> None:
        sheet.write_row(0, 0, ["code", "number", "经度", "纬度"])
        sheet.write_row(2, 0, ["3505820102000001", 7, LON, LAT])

    (row,) = read(workbook(fill), How(format="xlsx", sheet="部件")).rows
    assert (row.number, row.cells[:2], row.place) == (3, ["3505820102000001", "7"], (LON, LAT))
    with pytest.raises(ImportFileError, match="there is no sheet 'x'; there are 部件"):
        read(workbook(fill), How(format="xlsx", sheet="x"))


@pytest.mark.parametrize("prj", ["EPSG:4490", "EPSG:4547", "EPSG:4526", "EPSG:32650", "EPSG:3857"])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_a_shapefile_is_read_in_the_projection_of_its_prj(prj: str, encoding: str) -> None:
    x, y = pyproj.Transformer.from_crs("EPSG:4326", prj, always_xy=True).transform(LON, LAT)
    data = zipped({f"图层/{k}": v for k, v in shape_parts(x, y, prj=prj, encoding=encoding).items()})
    (row,) = read(data, How(format="shapefile")).rows
    assert row.cells == ["3505820102000001", "污水井盖"]
    assert row.place == pytest.approx((LON, LAT), abs=1e-7)


def test_a_projection_that_is_nowhere_said_must_be_stated() -> None:
    data = zipped(shape_parts(prj=None))
    with pytest.raises(ImportFileError, match=r"no \.prj; state the projection as EPSG:number"):
        read(data, How(format="shapefile"))
    assert read(data, How(format="shapefile", crs="EPSG:4326")).rows[0].place == (LON, LAT)
    with pytest.raises(ImportFileError, match="no projection '/etc/passwd'"):
        read(data, How(format="shapefile", crs="/etc/passwd"))
    with pytest.raises(ImportFileError, match="no projection 'EPSG:99999'"):
        read(data, How(format="shapefile", crs="EPSG:99999"))


def test_places_of_chinese_maps_are_shifted_back() -> None:
    text = b"code,lon,lat\n1,118.6,24.9\n"
    (row,) = read(text, How(format="csv", datum="gcj02")).rows
    assert row.place is not None
    assert 0.002 < abs(row.place[0] - LON) + abs(row.place[1] - LAT) < 0.02
    with pytest.raises(ImportFileError, match="gcj02 is for degrees"):
        read(text, How(format="csv", datum="gcj02", crs="EPSG:4547"))


def test_geojson_is_read_with_every_property_that_any_feature_has() -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [LON, LAT, 3]},
            "properties": {"a": 1},
        },
        {"geometry": {"type": "LineString", "coordinates": []}, "properties": {"b": "x"}},
        {"type": "Feature", "geometry": None, "properties": None},
        "no feature",
    ]
    sheet = read(json.dumps({"features": features}).encode(), How(format="geojson"))
    assert sheet.head == ["a", "b"]
    assert [row.cells for row in sheet.rows] == [["1", ""], ["", "x"], ["", ""], ["", ""]]
    assert [row.place for row in sheet.rows] == [(LON, LAT), None, None, None]
    old = {"crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}, "features": features[:1]}
    assert read(json.dumps(old).encode(), How(format="geojson")).rows[0].place != (LON, LAT)


WRONG = {
    "empty": (b"", "csv", "empty"),
    "binary": (bytes(range(256)) * 10, "csv", "neither UTF-8 nor GB 18030|CSV"),
    "wide": (("a," * 200).encode(), "csv", "columns|empty"),
    "more cells": (b"a,b\n1,2,3\n", "csv", "more cells"),
    "long cell": (b"a\n" + b"x" * 5000, "csv", "more than 1000 characters"),
    "open quote": (b'a\n"x', "csv", "cannot be read as CSV"),
    "rows": (b"a\n" + b"1\n" * 200_001, "csv", "more than 200000 rows"),
    "no workbook": (b"PK\x03\x04nonsense", "xlsx", "not a workbook"),
    "no sheets": (zipped({"a": b"b"}), "xlsx", "cannot be read as a workbook"),
    "no json": (b"{", "geojson", "not JSON"),
    "deep json": (b"[" * 100_000, "geojson", "not JSON"),
    "other json": (b"[1]", "geojson", "not a GeoJSON FeatureCollection"),
    "no shapefile": (zipped({"a.txt": b""}), "shapefile", "0 files .shp"),
    "two": (zipped({"a.shp": b"", "b.shp": b""}), "shapefile", "2 files .shp"),
    "no dbf": (zipped({"a.shp": b""}), "shapefile", "no .dbf"),
    "cut off": (zipped(shape_parts() | {"layer.shp": bytes(110)}), "shapefile", "damaged"),
    "many parts": (zipped({f"{n}.txt": b"" for n in range(300)}), "shapefile", "300 parts"),
    "lying prj": (zipped(shape_parts() | {"layer.prj": b"+proj=utm +nadgrids=/etc/x"}), "shapefile", ".prj"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_list_is_refused_in_a_sentence(name: str) -> None:
    data, format_, because = WRONG[name]
    with pytest.raises(ImportFileError, match=because):
        read(data, How(format=format_))


def _with_many_cells() -> bytes:
    """A workbook of some kilobytes whose two cells span seventeen billion."""

    def fill(sheet: Any) -> None:
        sheet.write(0, 0, "code")
        sheet.write(1_048_575, 16_383, "x")

    return workbook(fill)


def _with_one_long_string() -> bytes:
    """A string of 32,000 characters that 50,000 cells refer to: 1.6 GB when it is read."""

    def fill(sheet: Any) -> None:
        for row in range(50_000):
            sheet.write_string(row, 0, "x" * 32_000)

    return workbook(fill)


def _lying_dbf() -> bytes:
    parts = shape_parts()
    dbf = bytearray(parts["layer.dbf"])
    dbf[4:8] = struct.pack("<I", 2**31 - 1)
    return zipped({**parts, "layer.dbf": bytes(dbf)})


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip bomb": (lambda: zipped({"layer.shp": bytes(140_000_000)}), "shapefile"),
    "workbook of billions": (_with_many_cells, "xlsx"),
    "one string everywhere": (_with_one_long_string, "xlsx"),
    "lying dbf": (_lying_dbf, "shapefile"),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_refused_and_its_memory_is_bounded(name: str) -> None:
    make, format_ = BOMBS[name]
    with pytest.raises(ImportFileError, match=r"memory|MiB|more than 200000 rows|damaged|characters|columns"):
        await read_file(make(), How(format=format_))


async def test_a_file_is_read_by_a_process_of_its_own() -> None:
    sheet = await read_file(b"code,lon,lat\n1,118.6,24.9\n", How(format="csv"))
    assert sheet == read(b"code,lon,lat\n1,118.6,24.9\n", How(format="csv"))
    with pytest.raises(ImportFileError, match="the file is empty"):
        await read_file(b"", How(format="csv"))
    with pytest.raises(ImportFileError, match="larger than 32 MiB"):
        await read_file(bytes(33 * 2**20), How(format="csv"))
