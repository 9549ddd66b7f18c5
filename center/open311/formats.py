"""Answers of GeoReport v2 as XML, and as JSON by its Spark convention. Pure.

In XML, a list has an element for each item; in JSON, it is an array. An empty value is an empty element in
XML, and null in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final
from xml.etree import ElementTree as ET

import msgspec

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that an XML document cannot contain, however they are escaped."""

_ITEMS: Final[Mapping[str, str]] = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""The element of each item of a list."""


class Form(StrEnum):
    """The format of an answer."""

    XML = "xml"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """As GeoReport v2 prescribes it."""
        return "text/xml; charset=utf-8" if self is Form.XML else "application/json; charset=utf-8"


def encode(form: Form, root: str, content: Any) -> bytes:
    """An answer.

    Args:
        form: its format.
        root: the name of the root element; JSON has no name there.
        content: mappings, sequences, texts, numbers, booleans and None.
    """
    if form is Form.JSON:
        return msgspec.json.encode(content)
    text = ET.tostring(_element(root, content), encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _element(name: str, content: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(content, Mapping):
        element.extend(_element(key, value) for key, value in content.items())
    elif isinstance(content, Sequence) and not isinstance(content, str):
        element.extend(_element(_ITEMS[name], value) for value in content)
    elif isinstance(content, bool):
        element.text = "true" if content else "false"
    elif content is not None:
        element.text = _NOT_XML.sub("\ufffd", str(content))
    return element
