"""The caller of a request and its rights: the session, the right that a route needs, and the CSRF token.

Each route declares one of `may`, `may_look_on` and `may_change` with the right that it needs, or
`ANY_ACCOUNT`. A test lists all routes and fails if one declares none.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Annotated, Final

from fastapi import Depends, Header, Request, Security
from fastapi.routing import APIRoute, APIWebSocketRoute
from fastapi.security import APIKeyCookie
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute

from center.people.caller import ANY_ACCOUNT, Caller, not_allowed
from center.services import Services
from center.web.answers import Refusal

__all__ = [
    "ANY_ACCOUNT",
    "COOKIE",
    "Caller",
    "Changer",
    "Reader",
    "ServicesDep",
    "find_caller",
    "may",
    "may_change",
    "may_look_on",
    "not_allowed",
    "rights_of",
    "signed_on",
]

COOKIE: Final = "streetwarden_session"

_cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, description="Set by `POST /api/v1/session`.", scheme_name="session"
)


def services(request: Request) -> Services:
    """The objects that the routes use."""
    found: Services = request.app.state.services
    return found


async def signed_on(
    request: Request,
    services: Annotated[Services, Depends(services)],
    token: Annotated[str | None, Security(_cookie)],
    x_background: Annotated[
        str | None,
        Header(
            description="`true` for a request that no person has triggered, such as one that is "
            "repeated every half minute: it does not count as use of the session.",
            max_length=10,
        ),
    ] = None,
) -> Caller:
    """The caller of a request, which counts as use of the session.

    Raises:
        Refusal: 401, there is no session.
    """
    return await find_caller(request, services, token, used=x_background != "true")


async def _looking_on(
    request: Request,
    services: Annotated[Services, Depends(services)],
    token: Annotated[str | None, Security(_cookie)],
) -> Caller:
    return await find_caller(request, services, token, used=False)


async def _changing(
    caller: Annotated[Caller, Depends(signed_on)],
    x_csrf_token: Annotated[
        str | None, Header(description="The session's `csrf_token`.", max_length=200)
    ] = None,
) -> Caller:
    expected = caller.session.csrf_token.encode()
    if x_csrf_token is None or not hmac.compare_digest(x_csrf_token.encode(), expected):
        raise Refusal(403, "csrf", "send the session's csrf_token as X-CSRF-Token")
    return caller


async def find_caller(
    request: HTTPConnection, services: Services, token: str | None, *, used: bool
) -> Caller:
    """The caller of a request or of a live feed.

    Raises:
        Refusal: 401, there is no session.
    """
    session = await services.sign_on.find(token, used=used) if token else None
    if session is None:
        raise Refusal(401, "not_signed_on", "sign on first: POST /api/v1/session")
    client = request.client.host if request.client else ""
    return Caller(session=session, rights=services.rights.rights, client=client)


@cache
def may(right: str) -> Callable[..., Awaitable[Caller]]:
    """The dependency of a route that needs a right; it returns the `Caller`.

    The route itself checks the right for the thing in question, with `Caller.scope` or `Rights.allows`. The
    dependency answers 401 without a session, and 403 without the right.
    """
    return _needs(right, signed_on)


@cache
def may_look_on(right: str) -> Callable[..., Awaitable[Caller]]:
    """As `may`, for requests that pages make automatically, which do not count as use of the session."""
    return _needs(right, _looking_on)


@cache
def may_change(right: str) -> Callable[..., Awaitable[Caller]]:
    """As `may`, for requests that change something: 403 without the session's token."""
    return _needs(right, _changing)


def _needs(right: str, who: Callable[..., Awaitable[Caller]]) -> Callable[..., Awaitable[Caller]]:
    async def allowed(caller: Caller = Depends(who)) -> Caller:  # noqa: B008 (FastAPI cannot resolve `who` by name)
        caller.require(right)
        return caller

    allowed.right = right  # type: ignore[attr-defined]
    return allowed


def rights_of(route: BaseRoute) -> frozenset[str]:
    """The rights that a route declares; empty for a route without a session."""
    declared = {getattr(getattr(route, "endpoint", None), "right", None)}
    pending = [route.dependant] if isinstance(route, (APIRoute, APIWebSocketRoute)) else []
    while pending:
        each = pending.pop()
        declared.add(getattr(each.call, "right", None))
        pending += each.dependencies
    return frozenset(right for right in declared if right is not None)


ServicesDep = Annotated[Services, Depends(services)]
Reader = Annotated[Caller, Depends(may(ANY_ACCOUNT))]
Changer = Annotated[Caller, Depends(may_change(ANY_ACCOUNT))]
