"""The web application: the API, the live feed and the console, put together."""

from __future__ import annotations

import logging

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from center.answers import Refusal, problem
from center.routes import cases, city, session, watch
from center.services import Services
from store.connection import UNREACHABLE
from store.errors import DatabaseUnreachableError, EvidenceError

log = logging.getLogger(__name__)

API = "/api/v1"


def create_app(services: Services | None = None) -> FastAPI:
    """Build the application.

    Args:
        services: what the routes work with; None is enough to describe the API.
    """
    app = FastAPI(
        title="Streetwarden",
        description="Sign on with `POST /api/v1/session`; every other request needs its cookie, and every change "
        "the header `X-CSRF-Token`. Errors are RFC 9457 problems. Times are RFC 3339 in UTC, places WGS-84.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    api = APIRouter(prefix=API)
    for part in (session, city, watch, cases):
        api.include_router(part.router)
    app.include_router(api)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(EvidenceError, _evidence)
    for away in (*UNREACHABLE, DatabaseUnreachableError):
        app.add_exception_handler(away, _away)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(error.status, error.code, error.detail, error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(422, "invalid", f"{where}: {first['msg']}")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(
        error.status_code,
        "http",
        f"{error.detail}: {request.method} {request.url.path}",
        dict(error.headers or {}),
    )


async def _evidence(request: Request, error: Exception) -> Response:
    log.warning("%s", error)
    return problem(404, "no_file", "this evidence is on record, but its file cannot be read now")


async def _away(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return problem(503, "database_away", "the database does not answer; try again", {"Retry-After": "2"})
