"""The inbox for messages of other platforms: a route without a session, because each message is signed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from cases import CaseError
from casework.city_policy import CurrentPolicy
from casework.exchange.inbox import receive
from casework.exchange.signing import SignatureError
from center.database import Database
from center.web.answers import problem

log = logging.getLogger(__name__)

PREFIX: Final = "/exchange/inbox/"


class Inbox:
    """Takes messages in.

    Args:
        database: holds the cases.
        policy: the city's decisions.
        clock: returns now, aware.
    """

    def __init__(self, *, database: Database, policy: CurrentPolicy, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock

    def router(self) -> APIRouter:
        """Its route."""
        router = APIRouter()
        router.add_route(f"{PREFIX}{{platform}}", self.take, methods=["POST"], include_in_schema=False)
        return router

    async def take(self, request: Request) -> Response:
        """Take a message in: 200 if it was, or had been before; 401 for a wrong signature; 422 for others."""
        platform = request.path_params["platform"][:100].replace("\0", "")
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            async with self._database.changing() as connection:
                answer = await receive(
                    connection, platform, headers, body, policy=self._policy(), at=self._clock()
                )
        except SignatureError as error:
            log.warning("a message for the inbox of %r is refused: %s", platform, error)
            return problem(401, "bad_signature", str(error))
        except CaseError as error:
            log.warning("a message of platform %s is refused: %s", platform, error)
            return problem(422, "not_possible", str(error))
        return Response(msgspec.json.encode(answer), media_type="application/json")
