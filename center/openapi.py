"""The API's description, OpenAPI 3.1: routes from FastAPI, answers from the structs that are encoded.

`scripts/docs` writes it to `docs/openapi.json`.
"""

from __future__ import annotations

import inspect
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from center.cases import models as cases
from center.cases.requests import REQUESTS
from center.documents import models as documents
from center.exchange import models as exchange
from center.exchange.imports import ImportRequest
from center.history import models as history
from center.hotline import models as hotline
from center.live import models as live
from center.map import models as city_map
from center.notices import models as notices
from center.open311 import models as open311
from center.people import administration_models as administration
from center.people import models as people
from center.phones import models as phones
from center.search import models as search
from center.web import bodies
from center.web.answers import Problem

LIVE_PATH = "/api/v1/live"
_STRUCTS = (
    Problem,
    *people.STRUCTS,
    *administration.STRUCTS,
    *city_map.STRUCTS,
    *live.STRUCTS,
    *history.STRUCTS,
    *cases.STRUCTS,
    *notices.STRUCTS,
    *search.STRUCTS,
    *open311.STRUCTS,
    *exchange.STRUCTS,
    *hotline.STRUCTS,
    *phones.STRUCTS,
    *documents.STRUCTS,
)


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description."""
    found = get_openapi(
        title="Streetwarden", version="1", summary="What the command centre knows, and what it does.",
        description=app.description, routes=app.routes,
    )  # fmt: skip
    _, components = msgspec.json.schema_components(_STRUCTS, ref_template="#/components/schemas/{name}")
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas.update(bodies.schemas([*REQUESTS, ImportRequest]))
    schemas.update(components)
    schemas["LiveMessage"] = {
        "description": "The messages of the live feed.",
        "oneOf": [
            {"$ref": f"#/components/schemas/{name}"} for name in ("Snapshot", "Delta", "NoticesChanged")
        ],
        "discriminator": {
            "propertyName": "type",
            "mapping": {
                "snapshot": "#/components/schemas/Snapshot",
                "delta": "#/components/schemas/Delta",
                "notices": "#/components/schemas/NoticesChanged",
            },
        },
    }
    for schema in components.values():
        _tidy(schema)
    found["paths"][LIVE_PATH] = {
        "get": {
            "tags": ["watch"],
            "operationId": "live",
            "summary": "The live feed (WebSocket).",
            "description": "Upgrade to a WebSocket; then a Snapshot, then Deltas, each a JSON text; if "
            "nothing changes, an empty one about every 5 seconds. NoticesChanged comes "
            "when `/me/notices` has changed. The session's cookie is checked, and the "
            "Origin. Closed with 4401 when the session ends, with 4403 when the "
            "account's rights have changed (connect again), with 4429 when the session or its account has "
            "too many live feeds, with 1013 when this center has too many browsers; connect again for a "
            "fresh Snapshot.",
            "security": [{"session": []}],
            "responses": {
                "101": {
                    "description": "Switched to a WebSocket.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LiveMessage"}}},
                },
                "403": {"description": "Not signed on, or from another site."},
                "503": {"description": "The database is unreachable; try again."},
            },
        }
    }
    return found


def _tidy(schema: dict[str, Any]) -> None:
    """Move the `Attributes:` of a docstring to the descriptions of the fields."""
    text = inspect.cleandoc(schema.get("description", ""))
    head, _, attributes = text.partition("\n\nAttributes:\n")
    if attributes:
        schema["description"] = head
        name = ""
        for line in attributes.splitlines():
            stripped = line.strip()
            start, colon, rest = stripped.partition(": ")
            if colon and start in schema["properties"] and line.startswith("    ") and line[4] != " ":
                name = start
                _say(schema["properties"][name], rest)
            elif name:
                _say(schema["properties"][name], stripped)


def _say(schema: dict[str, Any], text: str) -> None:
    schema["description"] = f"{schema['description']} {text}" if "description" in schema else text
