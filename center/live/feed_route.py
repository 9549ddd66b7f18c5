"""The live feed's way in."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from center.errors import DatabaseAwayError
from center.people.access import COOKIE
from center.services import Services
from center.web.answers import Refusal, problem

router = APIRouter()


@router.websocket("/live")
async def live(browser: WebSocket) -> None:
    """Feed a browser that is signed on; `center/openapi.py` describes it."""
    services: Services = browser.app.state.services
    token = browser.cookies.get(COOKIE)
    try:
        session = await services.sign_on.find(token, used=False) if token else None
    except Refusal as refusal:
        await browser.send_denial_response(problem(403, refusal.code, refusal.detail))
        return
    except DatabaseAwayError as error:
        await browser.send_denial_response(problem(503, "database_away", str(error)))
        return
    if session is None:
        await browser.send_denial_response(problem(403, "not_signed_on", "sign on first"))
        return
    await services.live.serve(browser, session)
