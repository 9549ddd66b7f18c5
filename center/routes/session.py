"""Signing on and off."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from center.access import COOKIE, Changer, Reader, With
from center.answers import Json, answers
from center.models import SessionInfo
from center.parameters import Text
from store.operators import SignedOn

router = APIRouter(prefix="/session", default_response_class=Response, tags=["session"])


class Credentials(BaseModel):
    """Who signs on."""

    model_config = ConfigDict(extra="forbid")

    login: Annotated[Text, Field(min_length=1, max_length=64)]
    password: Annotated[Text, Field(min_length=1, max_length=200)]


@router.post("", operation_id="signOn", responses=answers(SessionInfo, "Signed on.", 400, 403, 413, 429))
async def sign_on(request: Request, credentials: Credentials, services: With) -> Response:
    """Sign on. Sets the session's cookie, which scripts cannot read."""
    address = request.client.host if request.client else ""
    token, session = await services.sign_on.sign_on(
        login=credentials.login, password=credentials.password, address=address
    )
    answer = Json(_info(session))
    answer.set_cookie(
        COOKIE,
        token,
        expires=session.expires_at,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.get("", operation_id="getSession", responses=answers(SessionInfo, "Who is signed on."))
async def who(session: Reader) -> Response:
    """The session of this browser."""
    return Json(_info(session))


@router.delete(
    "", operation_id="signOff", status_code=204,
    responses=answers(None, "Signed off.", 403, status=204, media_types=()),
)  # fmt: skip
async def sign_off(session: Changer, services: With) -> Response:
    """End the session, here and on its live feeds."""
    await services.sign_on.end(session)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _info(session: SignedOn) -> SessionInfo:
    return SessionInfo(
        login=session.login,
        display_name=session.display_name,
        csrf_token=session.csrf_token,
        expires_at=session.expires_at,
    )
