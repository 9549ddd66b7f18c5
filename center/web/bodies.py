"""Bodies that routes read themselves, because they may contain files: their checks and descriptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.json_schema import models_json_schema

from center.web.answers import Refusal
from center.web.uploads import MAX_FILE_BYTES, MAX_FILES, MAX_FILES_BYTES, MULTIPART

T = TypeVar("T")

_REF: Final = "#/components/schemas/{model}"
_FILES: Final = {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": MAX_FILES}


def read(kind: TypeAdapter[T], data: bytes) -> T:
    """The JSON of a body.

    Raises:
        Refusal: 422, it is malformed, or a value is not allowed.
    """
    try:
        return kind.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(("body", *map(str, first["loc"])))
        raise Refusal(422, "invalid", f"{where}: {first['msg']}") from None


def described(part: str, models: Iterable[type[BaseModel]], file_parts: Iterable[str]) -> dict[str, Any]:
    """The OpenAPI description of a body: JSON alone, or a part with JSON and parts with files.

    Args:
        part: the name of the part with JSON.
        models: the possible types of the JSON.
        file_parts: the names of parts with files.
    """
    refs = [{"$ref": _REF.format(model=model.__name__)} for model in models]
    json: dict[str, Any] = refs[0] if len(refs) == 1 else {"anyOf": refs}
    properties = {part: json, **dict.fromkeys(sorted(file_parts), _FILES)}
    parts = {"type": "object", "required": [part], "properties": properties}
    megabytes = 1024 * 1024
    return {
        "requestBody": {
            "required": True,
            "description": f"With files as `{MULTIPART}`: JPEG, PNG, WebP, MP4, QuickTime, WebM, M4A, MP3 "
            "or Ogg, by their contents, whatever their "
            f"names are; {MAX_FILE_BYTES // megabytes} MiB each and {MAX_FILES_BYTES // megabytes} MiB "
            "together at most.",
            "content": {
                "application/json": {"schema": json},
                MULTIPART: {
                    "schema": parts,
                    "encoding": {part: {"contentType": "application/json"}},
                },
            },
        }
    }


def schemas(models: Iterable[type[BaseModel]]) -> Mapping[str, Any]:
    """The schemas of bodies that routes read themselves, by name."""
    _, found = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    defined: dict[str, Any] = found["$defs"]
    for schema in defined.values():
        for field in schema.get("properties", {}).values():
            if field.get("default", ...) is None:
                del field["default"]  # a field with a default is optional; type generators would require it
    return defined
