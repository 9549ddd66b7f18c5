"""Signing on and off."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from center.people import devices
from center.people.access import COOKIE, Changer, Reader, ServicesDep
from center.people.models import SessionInfo
from center.people.passwords import LONGEST
from center.web.answers import Json, answers
from center.web.parameters import Text
from store.operators import SignedOn

router = APIRouter(prefix="/session", default_response_class=Response, tags=["session"])


class Credentials(BaseModel):
    """Login and password."""

    model_config = ConfigDict(extra="forbid")

    login: Annotated[Text, Field(min_length=1, max_length=64)]
    password: Annotated[Text, Field(min_length=1, max_length=LONGEST)]


class NewPassword(BaseModel):
    """A change of one's own password."""

    model_config = ConfigDict(extra="forbid")

    password: Annotated[Text, Field(min_length=1, max_length=LONGEST, description="The present one.")]
    new_password: Annotated[
        Text,
        Field(min_length=1, max_length=LONGEST, description="At least 15 characters, and hard to guess."),
    ]


@router.post("", operation_id="signOn", responses=answers(SessionInfo, "Signed on.", 400, 403, 413, 429))
async def sign_on(request: Request, credentials: Credentials, services: ServicesDep) -> Response:
    """Sign on. Sets the session's cookie, and one that makes the browser known; scripts can read neither."""
    begun = await services.sign_on.sign_on(
        login=credentials.login,
        password=credentials.password,
        address=_address(request),
        device=request.cookies.get(devices.COOKIE, ""),
    )
    answer = Json(_info(begun.session, services))
    answer.set_cookie(
        COOKIE,
        begun.token,
        expires=begun.session.expires_at,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    _remember(request, answer, begun.device)
    return answer


@router.get("", operation_id="getSession", responses=answers(SessionInfo, "Who is signed on."))
async def who(caller: Reader, services: ServicesDep) -> Response:
    """The session of this browser."""
    return Json(_info(caller.session, services))


@router.put(
    "/password", operation_id="changePassword", status_code=204,
    responses=answers(None, "The password is changed.", 400, 403, 413, 429, status=204, media_types=()),
)  # fmt: skip
async def change_password(
    request: Request, wanted: NewPassword, caller: Changer, services: ServicesDep
) -> Response:
    """Change one's own password. All other sessions of the account end."""
    device = await services.sign_on.change_password(
        caller.session,
        password=wanted.password,
        new=wanted.new_password,
        address=_address(request),
        device=request.cookies.get(devices.COOKIE, ""),
    )
    answer = Response(status_code=204)
    _remember(request, answer, device)
    return answer


@router.delete(
    "", operation_id="signOff", status_code=204,
    responses=answers(None, "Signed off.", 403, status=204, media_types=()),
)  # fmt: skip
async def sign_off(caller: Changer, services: ServicesDep) -> Response:
    """End the session, here and on its live feeds."""
    await services.sign_on.end(caller.session)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _remember(request: Request, answer: Response, device: str) -> None:
    answer.set_cookie(
        devices.COOKIE,
        device,
        max_age=int(devices.LASTS.total_seconds()),
        path="/api/v1/session",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _info(session: SignedOn, services: ServicesDep) -> SessionInfo:
    return SessionInfo(
        login=session.login,
        display_name=session.display_name,
        csrf_token=session.csrf_token,
        expires_at=session.expires_at,
        idle_s=services.sign_on.idle.total_seconds(),
        roles=sorted(session.actor.roles),
        rights=sorted(services.rights.rights.actions_of(session.actor)),
        department=session.actor.department,
        districts=sorted(session.actor.districts),
    )
