"""The process that reads one file: from standard input to rows as JSON, or a sentence and status 3."""

from __future__ import annotations

import csv
import io
import math
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec
import numpy as np
import pyproj
import python_calamine
import shapefile  # type: ignore[import-untyped]
from pyproj.exceptions import CRSError, ProjError

from casework.exchange.imports.sandbox import (
    LAT_COLUMNS,
    LON_COLUMNS,
    MEMORY_BYTES,
    SECONDS,
    How,
    ImportFileError,
    ReadRow,
    Sheet,
)
from geo.datum import from_bd09, from_gcj02

_MAX_ROWS: Final = 200_000
_MAX_COLUMNS: Final = 100
_MAX_CELL: Final = 1000
_MAX_UNPACKED: Final = 128 * 1024 * 1024
_MAX_PARTS: Final = 200
_WGS84: Final = pyproj.CRS.from_epsg(4326)
_EAST, _NORTH = 180, 90
_EPSG: Final = re.compile(r"EPSG:(\d{4,6})", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def main() -> None:
    """Read the file; the argument says how."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    how = msgspec.json.decode(sys.argv[1], type=How)
    try:
        sheet = read(sys.stdin.buffer.read(), how)
    except ImportFileError as error:
        sys.stdout.write(str(error))
        sys.stdout.flush()
        sys.exit(3)
    sys.stdout.buffer.write(msgspec.json.encode(sheet))


def read(data: bytes, how: How) -> Sheet:
    """The rows of a file, with places in WGS-84.

    Raises:
        ImportFileError: the file cannot be read.
    """
    crs = _stated(how.crs)
    match how.format:
        case "csv":
            return _with_places(_csv(data), crs or _WGS84, how.datum)
        case "xlsx":
            return _with_places(_xlsx(data, how.sheet), crs or _WGS84, how.datum)
        case "geojson":
            return _geojson(data, crs, how.datum)
        case "shapefile":
            return _shapefile(data, crs, how.datum)
        case _:
            raise ImportFileError(f"there is no format {how.format!r}")


def _csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _text(data)
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            yield number, row
    except csv.Error as error:
        raise ImportFileError(f"row {number + 1} cannot be read as CSV ({error})") from None


def _text(data: bytes) -> str:
    """UTF-8, or GB 18030 as spreadsheets in Chinese save it; also UTF-16 with its mark."""
    encodings = ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportFileError("the text is in neither UTF-8 nor GB 18030; save the file as CSV in UTF-8")


def _xlsx(data: bytes, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    _unpacked(data, "a workbook (.xlsx)", read_parts=False)
    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as workbook:
            names = workbook.sheet_names
            if sheet is not None and sheet not in names:
                raise ImportFileError(f"there is no sheet {sheet!r}; there are {', '.join(names)[:300]}")
            rows = workbook.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, IndexError, OSError, ValueError) as error:
        raise ImportFileError(f"the file cannot be read as a workbook ({error}); save it as XLSX") from None
    for number, row in enumerate(rows, start=1):
        yield number, [_cell(each) for each in row]


def _cell(value: Any) -> str:
    match value:
        case datetime() | date():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 (digits of a double)
            return str(int(value))
        case float():
            return repr(value)
        case _:
            return str(value)


def _with_places(rows: Iterator[tuple[int, list[str]]], crs: pyproj.CRS, datum: str) -> Sheet:
    """A table, with the places of its columns lon and lat (or x and y)."""
    head: list[str] = []
    found: list[ReadRow] = []
    for number, cells in rows:
        texts = [cell.strip() for cell in cells]
        if not any(texts):
            continue
        if not head:
            while texts and not texts[-1]:
                texts.pop()
            _check_width(texts)
            head = texts
            continue
        _check_rows(len(found))
        found.append(ReadRow(number, _fitted(texts, head, number)))
    if not head:
        raise ImportFileError("the file is empty; its first row must have the names of the columns")
    lower = [name.lower() for name in head]
    at = [
        next((lower.index(name) for name in names if name in lower), None)
        for names in (LON_COLUMNS, LAT_COLUMNS)
    ]
    if at[0] is None or at[1] is None:
        return Sheet(head, found)
    points = [_point(row.cells[at[0]], row.cells[at[1]]) for row in found]
    return Sheet(head, _placed(found, points, crs, datum))


def _fitted(texts: list[str], head: list[str], number: int) -> list[str]:
    if any(texts[len(head) :]):
        raise ImportFileError(
            f"row {number} has more cells than the first row has columns; put texts with commas in quotes"
        )
    if any(len(text) > _MAX_CELL for text in texts):
        raise ImportFileError(f"row {number}: a cell has more than {_MAX_CELL} characters")
    return [_CONTROL.sub("\ufffd", text) for text in (texts + [""] * len(head))[: len(head)]]


def _point(x: str, y: str) -> tuple[float, float] | None:
    if not x and not y:
        return None
    try:
        return float(x), float(y)
    except ValueError:
        return math.nan, math.nan


def _geojson(data: bytes, crs: pyproj.CRS | None, datum: str) -> Sheet:
    try:
        document = msgspec.json.decode(_text(data))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ImportFileError(f"the file is not JSON ({error}); export it again as GeoJSON") from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise ImportFileError("the file is not a GeoJSON FeatureCollection; export it again as GeoJSON")
    _check_rows(len(features) - 1)
    if crs is None:
        crs = _crs_of_geojson(document.get("crs"))
    head: dict[str, None] = {}
    for feature in features:
        if isinstance(feature, dict) and isinstance(feature.get("properties"), dict):
            head.update(dict.fromkeys(feature["properties"]))
            _check_width(list(head))
    found: list[ReadRow] = []
    points: list[tuple[float, float] | None] = []
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        cells = [_json_text((properties or {}).get(name)) for name in head]
        found.append(ReadRow(number, _fitted(cells, list(head), number)))
        points.append(_point_of(feature.get("geometry") if isinstance(feature, dict) else None))
    return Sheet(list(head), _placed(found, points, crs, datum))


def _crs_of_geojson(said: Any) -> pyproj.CRS:
    """GeoJSON of before 2016 could name a projection; RFC 7946 knows WGS-84 alone."""
    if said is None:
        return _WGS84
    name = str(said)
    if "CRS84" in name:
        return _WGS84
    number = re.search(r"EPSG:+(?:[\d.]*:)?(\d{4,6})", name, re.IGNORECASE)
    if number is None:
        raise ImportFileError(f"its crs is {name[:80]}; state the projection as EPSG:number")
    return _stated(f"EPSG:{number[1]}") or _WGS84


def _json_text(value: Any) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else _cell(value)


def _point_of(geometry: Any) -> tuple[float, float] | None:
    match geometry:
        case {"type": "Point", "coordinates": [int() | float() as x, int() | float() as y, *_]}:
            return float(x), float(y)
        case None:
            return None
        case _:
            return math.nan, math.nan


def _shapefile(data: bytes, crs: pyproj.CRS | None, datum: str) -> Sheet:
    parts = _unpacked(data, "a zip with a shapefile", read_parts=True)
    stems = {stem for stem, ending in parts if ending == ".shp"}
    if len(stems) != 1:
        raise ImportFileError(f"the zip has {len(stems)} files .shp; put exactly one shapefile into it")
    (stem,) = stems
    if (stem, ".dbf") not in parts:
        raise ImportFileError("the zip has no .dbf beside the .shp; put all parts of the shapefile into it")
    if crs is None:
        crs = _crs_of_prj(parts.get((stem, ".prj")))
    encoding = parts.get((stem, ".cpg"), b"").decode("ascii", errors="replace").strip().lower()
    wanted = "utf-8" if encoding in {"utf-8", "utf8", "65001"} else "gb18030"
    try:
        return _records(parts[stem, ".shp"], parts[stem, ".dbf"], wanted, crs, datum)
    except UnicodeDecodeError:
        raise ImportFileError("the .dbf is not in the encoding of its .cpg (UTF-8 or GB 18030)") from None
    except ImportFileError:
        raise
    except Exception as error:  # noqa: BLE001 (the library raises many kinds for damaged files)
        raise ImportFileError(f"the shapefile is damaged ({type(error).__name__}: {error})"[:300]) from None


def _records(shp: bytes, dbf: bytes, encoding: str, crs: pyproj.CRS, datum: str) -> Sheet:
    with shapefile.Reader(shp=io.BytesIO(shp), dbf=io.BytesIO(dbf), encoding=encoding) as reader:
        _check_rows((reader.numRecords or 0) - 1)
        head = [str(field[0]) for field in reader.fields if field[0] != "DeletionFlag"]
        _check_width(head)
        found: list[ReadRow] = []
        points: list[tuple[float, float] | None] = []
        for number, (shape, record) in enumerate(
            zip(reader.iterShapes(), reader.iterRecords(), strict=True), start=1
        ):
            _check_rows(len(found))
            found.append(ReadRow(number, _fitted([_json_text(each) for each in record], head, number)))
            points.append(_point_of_shape(shape))
    return Sheet(head, _placed(found, points, crs, datum))


def _point_of_shape(shape: Any) -> tuple[float, float] | None:
    if shape.shapeType == shapefile.NULL:
        return None
    if shape.shapeType not in {shapefile.POINT, shapefile.POINTZ, shapefile.POINTM}:
        return math.nan, math.nan
    x, y = shape.points[0][:2]
    return float(x), float(y)


def _crs_of_prj(said: bytes | None) -> pyproj.CRS:
    if said is None:
        raise ImportFileError("the zip has no .prj; state the projection as EPSG:number")
    try:
        return pyproj.CRS.from_wkt(said[:10_000].decode("utf-8-sig", errors="replace"))
    except CRSError as error:
        raise ImportFileError(
            f"its .prj cannot be read ({str(error)[:100]}); state the projection as EPSG:number"
        ) from None


def _stated(text: str | None) -> pyproj.CRS | None:
    if not text:
        return None
    number = _EPSG.fullmatch(text.strip())
    try:
        if number is not None:
            return pyproj.CRS.from_epsg(int(number[1]))
    except CRSError:
        pass
    raise ImportFileError(f"there is no projection {text[:40]!r}; give it as EPSG:number, such as EPSG:4547")


def _placed(
    rows: Sequence[ReadRow], points: Sequence[tuple[float, float] | None], crs: pyproj.CRS, datum: str
) -> list[ReadRow]:
    """The rows with their places in WGS-84."""
    x, y = np.array([point or (math.nan, math.nan) for point in points], dtype=float).reshape(-1, 2).T
    if not crs.equals(_WGS84, ignore_axis_order=True):
        if datum != "wgs84":
            raise ImportFileError(f"{datum} is for degrees; leave it out for coordinates in {crs.name}")
        try:
            x, y = pyproj.Transformer.from_crs(crs, _WGS84, always_xy=True).transform(x, y)
        except ProjError as error:
            raise ImportFileError(f"{crs.name} cannot be converted to WGS-84 ({error})") from None
    shift: Callable[..., Any] | None = {"gcj02": from_gcj02, "bd09": from_bd09}.get(datum)
    if shift is not None:
        with np.errstate(invalid="ignore"):
            y, x = shift(y, x)
    found = []
    for row, point, lon, lat in zip(rows, points, x.tolist(), y.tolist(), strict=True):
        if point is None:
            found.append(row)
        elif not (abs(lon) <= _EAST and abs(lat) <= _NORTH):
            where = "it is no point" if math.isnan(point[0]) else f"({point[0]:g}, {point[1]:g}) is nowhere"
            found.append(ReadRow(row.number, row.cells, None, f"{where}; check the projection"))
        else:
            found.append(ReadRow(row.number, row.cells, (round(lon, 9), round(lat, 9))))
    return found


def _unpacked(data: bytes, what: str, *, read_parts: bool) -> dict[tuple[str, str], bytes]:
    """Check a zip before any library unpacks it; by stem and ending in lower case, its parts."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            return _parts(archive, members, what, read_parts=read_parts)
    except ImportFileError:
        raise
    except Exception as error:  # noqa: BLE001 (zipfile raises many kinds for damaged files)
        raise ImportFileError(f"the file is not {what} ({type(error).__name__}: {error})"[:300]) from None


def _parts(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], what: str, *, read_parts: bool
) -> dict[tuple[str, str], bytes]:
    if len(members) > _MAX_PARTS:
        raise ImportFileError(f"it has {len(members)} parts; this is not {what}")
    found: dict[tuple[str, str], bytes] = {}
    left = _MAX_UNPACKED
    for each in members:
        path = PurePosixPath(each.filename)
        kept = read_parts and path.suffix.lower() in {".shp", ".dbf", ".prj", ".cpg"}
        content = []
        with archive.open(each) as opened:  # counted as it is unpacked: headers can lie
            while part := opened.read(1 << 20):
                left -= len(part)
                if left < 0:
                    raise ImportFileError(f"unpacked it has more than {_MAX_UNPACKED // 2**20} MiB")
                if kept:
                    content.append(part)
        if kept:
            found[str(path.with_suffix("")), path.suffix.lower()] = b"".join(content)
    return found


def _check_rows(number: int) -> None:
    if number >= _MAX_ROWS:
        raise ImportFileError(f"it has more than {_MAX_ROWS} rows; import it in parts")


def _check_width(head: list[str]) -> None:
    if len(head) > _MAX_COLUMNS:
        raise ImportFileError(f"it has more than {_MAX_COLUMNS} columns; leave out what is not needed")


if __name__ == "__main__":
    main()
