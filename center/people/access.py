"""Who asks: the session behind a request, and the token without which nothing is changed."""

from __future__ import annotations

import hmac
from typing import Annotated, Final

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyCookie

from center.services import Services
from center.web.answers import Refusal
from store.operators import SignedOn

COOKIE: Final = "streetwarden_session"

_cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, description="Set by `POST /api/v1/session`.", scheme_name="session"
)


def services(request: Request) -> Services:
    """What the routes work with."""
    found: Services = request.app.state.services
    return found


async def signed_on(
    services: Annotated[Services, Depends(services)],
    token: Annotated[str | None, Security(_cookie)],
    x_background: Annotated[
        str | None,
        Header(
            description="`true` for a request that nobody has asked for just now, such as one that is "
            "made every half minute: it does not keep the session from ending for want of use.",
            max_length=10,
        ),
    ] = None,
) -> SignedOn:
    """The session of a request, which is used with it.

    Raises:
        Refusal: 401, there is none.
    """
    return await _find(services, token, used=x_background != "true")


async def looking_on(
    services: Annotated[Services, Depends(services)], token: Annotated[str | None, Security(_cookie)]
) -> SignedOn:
    """The session of a request that pages make by themselves, which does not count as use.

    Raises:
        Refusal: 401, there is none.
    """
    return await _find(services, token, used=False)


async def _find(services: Services, token: str | None, *, used: bool) -> SignedOn:
    session = await services.sign_on.find(token, used=used) if token else None
    if session is None:
        raise Refusal(401, "not_signed_on", "sign on first: POST /api/v1/session")
    return session


async def may_change(
    session: Annotated[SignedOn, Depends(signed_on)],
    x_csrf_token: Annotated[
        str | None, Header(description="The session's `csrf_token`.", max_length=200)
    ] = None,
) -> SignedOn:
    """The session of a request that changes something.

    Raises:
        Refusal: 401, there is none; 403, the request lacks the session's token.
    """
    if x_csrf_token is None or not hmac.compare_digest(x_csrf_token.encode(), session.csrf_token.encode()):
        raise Refusal(403, "csrf", "send the session's csrf_token as X-CSRF-Token")
    return session


ServicesDep = Annotated[Services, Depends(services)]
Reader = Annotated[SignedOn, Depends(signed_on)]
Changer = Annotated[SignedOn, Depends(may_change)]
