"""Imports of lists through the API: the same as `streetwarden exchange import`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from casework.exchange.imports import TABLES, How, Imported, ImportFileError, import_table, read_file
from center.database import Database
from center.people.caller import Caller
from center.web.answers import Refusal
from center.web.parameters import Text
from center.web.uploads import MULTIPART
from store.audit import note

RIGHT: Final = "exchange.administer"
FILE_PARTS: Final = frozenset({"file"})
JSON_PART: Final = "how"


class ImportRequest(BaseModel):
    """How a list is imported."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "xlsx", "geojson", "shapefile"]
    crs: Annotated[
        Text | None,
        Field(max_length=40, description="As EPSG:4547; null for what the file says, else WGS-84."),
    ] = None
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    sheet: Annotated[Text | None, Field(max_length=100, description="null for the first.")] = None
    code_set: Annotated[Text, Field(min_length=1, max_length=40)] = "A"
    dry_run: Annotated[bool, Field(description="Decide everything, and write nothing.")] = False
    skip_refused: Annotated[bool, Field(description="Write the other rows although some are refused.")] = (
        False
    )


REQUEST: Final[TypeAdapter[ImportRequest]] = TypeAdapter(ImportRequest)

DESCRIBED: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The list: CSV, XLSX, GeoJSON, or a zip with a shapefile; 10 MiB at most.",
        "content": {
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": [JSON_PART, "file"],
                    "properties": {
                        JSON_PART: {"$ref": "#/components/schemas/ImportRequest"},
                        "file": {"type": "string", "format": "binary"},
                    },
                },
                "encoding": {JSON_PART: {"contentType": "application/json"}},
            }
        },
    }
}


class Imports:
    """Imports lists.

    Args:
        database: takes them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._slot = asyncio.Semaphore(1)  # each reader may take much memory

    async def take_in(self, caller: Caller, table: str, wanted: ImportRequest, data: bytes) -> Imported:
        """Import a list.

        Raises:
            Refusal: 404, there is no such list; 422, the file cannot be read.
        """
        known = TABLES.get(table)
        if known is None:
            raise Refusal(404, "no_list", f"there is no list {table!r}; there are {', '.join(TABLES)}")
        how = How(format=wanted.format, crs=wanted.crs, datum=wanted.datum, sheet=wanted.sheet)
        try:
            async with self._slot:
                sheet = await read_file(data, how)
            async with self._database.changing() as connection:
                done = await import_table(
                    connection,
                    known,
                    sheet,
                    code_set=wanted.code_set,
                    dry_run=wanted.dry_run,
                    skip_refused=wanted.skip_refused,
                )
                if done.written:
                    await note(
                        connection,
                        login=caller.login,
                        action=RIGHT,
                        subject=f"import/{table}",
                        detail={"added": done.added, "changed": done.changed, "refused": len(done.refused)},
                        client=caller.client or None,
                    )
        except ImportFileError as error:
            raise Refusal(422, "not_possible", str(error)) from None
        return done
