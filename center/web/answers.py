"""Answers: structs as JSON, errors as problem+json, and their description for OpenAPI."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.responses import Response

PROBLEM_TYPE: Final = "application/problem+json"

_WHY: Final = {
    400: "The request is malformed.",
    401: "Not signed on, or no longer.",
    403: "The CSRF token is missing or wrong, or the request comes from another site.",
    404: "There is no such resource.",
    409: "The case has changed since, or the action is not possible in its stage.",
    413: "More than 64 KiB, or files that are too large.",
    415: "The body, or one of its files, has a type that is not accepted.",
    421: "The Host header has a name that is not allowed; see `web.hosts`.",
    422: "A value is not allowed.",
    429: "Too many attempts; `Retry-After` says how long to wait.",
    502: "The file is on record, but the stored contents do not match its digest.",
    503: "The database is unreachable; try again.",
}


class Problem(Struct, frozen=True, kw_only=True):
    """An error by RFC 9457 (`application/problem+json`).

    Attributes:
        type: `about:blank`; the status tells the kind.
        title: the status in words.
        status: the HTTP status.
        detail: one sentence: what is wrong, and what to do.
        code: a word for programs, such as `stale_sequence`.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str


class Refusal(Exception):  # noqa: N818 (it is an answer, not a defect)
    """A request is refused.

    Args:
        status: the HTTP status.
        code: a word for programs.
        detail: one sentence: what is wrong, and what to do.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers


class Json(Response):
    """A msgspec struct as JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode."""
        return msgspec.json.encode(content)


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    """An error by RFC 9457."""
    body = Problem(
        type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail, code=code
    )
    return Response(msgspec.json.encode(body), status_code=status, headers=headers, media_type=PROBLEM_TYPE)


def answers(
    kind: type[msgspec.Struct] | None,
    meaning: str,
    *refusals: int,
    status: int = 200,
    media_types: tuple[str, ...] = ("application/json",),
) -> dict[int | str, dict[str, Any]]:
    """The answers of a route, for OpenAPI.

    Args:
        kind: the struct that is encoded; None for a file.
        meaning: one sentence.
        refusals: statuses of its problems; 401, 421, 422 and 503 are added for every route.
        status: of the successful answer.
        media_types: of the successful answer; empty if it has no body.
    """
    schema = (
        {"$ref": f"#/components/schemas/{kind.__name__}"} if kind else {"type": "string", "format": "binary"}
    )
    good: dict[str, Any] = {"description": meaning}
    if media_types:
        good["content"] = {media_type: {"schema": schema} for media_type in media_types}
    found: dict[int | str, dict[str, Any]] = {status: good}
    for refusal in sorted({401, 421, 422, 503, *refusals}):
        found[refusal] = {
            "description": _WHY[refusal],
            "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return found
