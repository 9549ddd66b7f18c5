"""The web application: the API, the live feed and the console, put together."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import compile_path

from center.cases import geotagged_routes, incident_routes, workflow_routes
from center.cases import routes as cases
from center.documents import routes as documents
from center.errors import DatabaseAwayError
from center.exchange import routes as exchange
from center.history import routes as history
from center.hotline import routes as hotline
from center.live import feed_route
from center.live import routes as live
from center.map import routes as city_map
from center.metrics import Counted, Metrics
from center.notices import routes as notices
from center.open311 import staff_routes as public_matters
from center.openapi import describe
from center.people import administration_routes as administration
from center.people import routes as people
from center.people.access import ANY_ACCOUNT, may
from center.phones import routes as phones
from center.pictures import routes as pictures
from center.pictures.decoder import PictureError
from center.search import routes as search
from center.services import Services
from center.web.answers import Json, Refusal, problem
from center.web.console import Console
from center.web.guard import Guard, SecurityHeaders
from center.web.hosts import Hosts
from store.errors import DamagedEvidenceError, EvidenceError

log = logging.getLogger(__name__)

API = "/api/v1"
_UPLOADS: Final = re.compile(
    rf"{API}/(cases(/[^/]+/actions)?|geotagged-files|exchange/imports/[a-z]+)"
    r"|/(open311|public)/v2/requests\.(xml|json)"
)
"""The paths that take bodies with files."""
_FOR_PROGRAMS: Final = (
    "/api/",
    "/exchange/inbox/",
    "/open311/",
    "/public/v2/",
    "/public/media/",
    "/public/layers/",
)
"""Below these are answers for programs, not pages."""
_COMPRESS_FROM_BYTES: Final = 1024
_MAX_PATH_CHARS: Final = 200
"""Characters of a request's path that an error repeats at most."""


def create_app(
    services: Services,
    *,
    console: Console,
    metrics: Metrics,
    hosts: Hosts,
    origins: Collection[str],
    public: Sequence[APIRouter] = (),
) -> FastAPI:
    """Build the web application.

    Args:
        services: the objects that the routes use.
        console: serves all paths outside the API.
        metrics: counts requests.
        hosts: host names that a request's Host header may have.
        origins: origins whose pages may send changes, in addition to the origin of the Host header.
        public: routes for the public, which need no session.
    """
    app = create_api()
    app.state.services = services
    app.state.metrics = metrics
    for router in public:
        app.include_router(router)
    app.add_route("/{path:path}", console.serve, methods=["GET"], include_in_schema=False)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESS_FROM_BYTES, compresslevel=5)
    app.add_middleware(Guard, hosts=hosts, origins=origins, uploads=_UPLOADS)
    app.add_middleware(SecurityHeaders, api=_FOR_PROGRAMS)
    app.add_middleware(Counted, metrics=metrics)
    return app


def create_api() -> FastAPI:
    """The API alone, without a database: enough to generate its description."""
    app = FastAPI(
        title="Streetwarden",
        description="Sign on with `POST /api/v1/session`; every other request needs its cookie, and every "
        "change the header `X-CSRF-Token`. Errors are RFC 9457 problems. Times are RFC 3339 in UTC, places "
        "WGS-84.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    api = APIRouter(prefix=API)
    for part in (
        people,
        administration,
        city_map,
        live,
        incident_routes,
        pictures,
        history,
        exchange,
        cases,
        documents,
        workflow_routes,
        geotagged_routes,
        notices,
        search,
        public_matters,
        hotline,
        phones,
        feed_route,
    ):
        api.include_router(part.router)
    api.add_api_route(
        "/openapi.json",
        _openapi,
        include_in_schema=False,
        response_class=Response,
        dependencies=[Depends(may(ANY_ACCOUNT))],
    )
    app.include_router(api)
    app.add_exception_handler(Refusal, _answer_refusal)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(EvidenceError, _answer_unreadable_evidence)
    app.add_exception_handler(DamagedEvidenceError, _answer_damaged_evidence)
    app.add_exception_handler(PictureError, _answer_no_thumbnail)
    app.add_exception_handler(DatabaseAwayError, _answer_database_away)
    app.add_exception_handler(Exception, _answer_defect)
    return app


async def _openapi(request: Request) -> Response:
    return Json(describe(request.app))


async def _answer_refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(error.status, error.code, error.detail, error.headers)


async def _answer_invalid_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return problem(422, "invalid", f"{field}: {first['msg']}")


async def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_allowed(request))) or "GET"
    detail = f"{error.detail}: {request.method} {request.url.path[:_MAX_PATH_CHARS]}"
    return problem(error.status_code, "http", detail, headers)


def _allowed(request: Request) -> set[str]:
    """The methods of all routes that match the request's path; Starlette names only those of the first."""
    return {
        method
        for path, operations in describe(request.app)["paths"].items()
        if compile_path(path)[0].fullmatch(request.url.path)
        for method in map(str.upper, operations)
    }


async def _answer_unreadable_evidence(_request: Request, error: Exception) -> Response:
    log.warning("%s", error)
    return problem(404, "no_file", "the evidence is on record, but its file cannot be read now")


async def _answer_no_thumbnail(_request: Request, error: Exception) -> Response:
    return problem(404, "no_thumbnail", f"{error}; request the whole file")


async def _answer_damaged_evidence(request: Request, error: Exception) -> Response:
    log.error("%s", error)
    request.app.state.metrics.evidence_damaged.inc()
    return problem(
        502,
        "evidence_damaged",
        "the stored file does not match its digest, so it is not shown; tell the operator of this center",
    )


async def _answer_database_away(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return problem(503, "database_away", "the database does not answer; try again", {"Retry-After": "2"})


async def _answer_defect(_request: Request, _error: Exception) -> Response:
    return problem(500, "defect", "internal error; the center's log has the details; tell its operator")
