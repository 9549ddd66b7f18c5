"""Requests about documents."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from cases.forms import LONGEST_TEXT
from center.web.parameters import LARGEST_INTEGER, Text

MAX_POINTS: Final = 4000
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Name = Annotated[Text, Field(min_length=1, max_length=32)]


class Signature(BaseModel):
    """A signature: the signer's name, and the strokes of the pad if it was made there."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Text, Field(min_length=1, max_length=64, description="Of the signer.")]
    strokes: Annotated[
        list[Annotated[list[tuple[_Share, _Share]], Field(min_length=1, max_length=MAX_POINTS)]],
        Field(
            max_length=200,
            description="Lines of the pen: points as shares of the pad's width and height, 0 to 1; "
            "4,000 points in a document at most.",
        ),
    ] = []


class DocumentRequest(BaseModel):
    """A document to preview or to issue."""

    model_config = ConfigDict(extra="forbid")

    form: Annotated[Text, Field(min_length=1, max_length=32, description="One of the case's `forms`.")]
    fields: Annotated[dict[_Name, Annotated[Text, Field(max_length=LONGEST_TEXT)]], Field(max_length=40)] = {}
    signatures: Annotated[dict[_Name, Signature], Field(max_length=20)] = {}
    replaces: Annotated[
        int | None,
        Field(ge=1, le=LARGEST_INTEGER, description="The void document in whose place it is issued."),
    ] = None

    def points(self) -> int:
        """The number of points of all strokes."""
        return sum(len(stroke) for each in self.signatures.values() for stroke in each.strokes)


class VoidRequest(BaseModel):
    """Why a document is void."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[Text, Field(min_length=1, max_length=500)]
