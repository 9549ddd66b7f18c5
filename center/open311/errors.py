"""Errors by GeoReport v2."""

from __future__ import annotations

from collections.abc import Mapping


class Open311Error(Exception):
    """A request is refused; the answer has the form that GeoReport v2 gives errors.

    Args:
        status: the HTTP status, which is also the error's code.
        description: one sentence for the user: what is wrong, and what to do.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, description: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.headers = dict(headers or {})
