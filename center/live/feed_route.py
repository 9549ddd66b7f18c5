"""The route of the live feed."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from center.errors import DatabaseAwayError
from center.people.access import ANY_ACCOUNT, COOKIE, find_caller
from center.services import Services
from center.web.answers import Refusal, problem

router = APIRouter()


@router.websocket("/live")
async def live(browser: WebSocket) -> None:
    """Feed a signed-on browser; `center/openapi.py` describes the messages."""
    services: Services = browser.app.state.services
    token = browser.cookies.get(COOKIE)
    try:
        caller = await find_caller(browser, services, token, used=False)
    except Refusal as refusal:
        await browser.send_denial_response(problem(403, refusal.code, refusal.detail))
        return
    except DatabaseAwayError as error:
        await browser.send_denial_response(problem(503, "database_away", str(error)))
        return
    await services.live.serve(browser, caller)


live.right = ANY_ACCOUNT  # type: ignore[attr-defined]  # each part of what is sent has a right of its own
