"""Every answer is held against what docs/openapi.json says of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import httpx
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FILE: Final = Path(__file__).parents[2] / "docs" / "openapi.json"


class Contract:
    """The API's description, to hold answers against."""

    def __init__(self) -> None:
        self.description: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
        resource = DRAFT202012.create_resource(self.description)
        self._registry: Registry[Any] = Registry().with_resource("openapi", resource)
        self._templates = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path)
            for path in self.description["paths"]
        ]

    async def check(self, response: httpx.Response) -> None:
        """An answer of the API; others are not ours to check."""
        path = next((path for form, path in self._templates if form.fullmatch(response.url.path)), None)
        if path is None or response.status_code in {304, 405}:
            return
        said = self.description["paths"][path][response.request.method.lower()]["responses"]
        where = f"{response.request.method} {path}: {response.status_code}"
        assert str(response.status_code) in said, f"{where} is not in the description"
        content = said[str(response.status_code)].get("content", {})
        await response.aread()
        if not content:
            assert response.content == b"", f"{where} should be empty"
            return
        media_type = response.headers["content-type"].split(";")[0]
        assert media_type in content, f"{where} is {media_type}"
        if media_type.endswith("json"):
            self.validate(response.json(), content[media_type]["schema"])

    def check_live(self, message: Any) -> None:
        """A message of the live feed."""
        self.validate(message, {"$ref": "#/components/schemas/LiveMessage"})

    def validate(self, value: Any, schema: dict[str, Any]) -> None:
        whole = {"$ref": f"openapi{schema['$ref']}"} if "$ref" in schema else schema
        Draft202012Validator(
            whole, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        ).validate(value)
