"""The routes of GeoReport v2: for other systems, and below another address for the public page."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from casework.city_policy import CurrentPolicy
from casework.service_requests import PublicReport
from center.errors import DatabaseAwayError
from center.open311.arguments import Arguments, RequestFilter
from center.open311.doors import Door
from center.open311.errors import Open311Error
from center.open311.formats import Form, encode
from center.open311.intake import ReportIntake
from center.open311.queries import ServiceRequests
from center.open311.services import ServiceList
from center.open311.words import Language, preferred
from center.settings import Public
from center.web.addresses import client_of
from center.web.answers import Refusal
from center.web.uploads import Fields, Uploads

log = logging.getLogger(__name__)

MEDIA: Final = "/public/media/"
"""The address of a released picture, before its public name and `.jpg`."""

SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
_ITEM: Final = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)

Endpoint = Callable[["Asked"], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request.

    Attributes:
        form: the format of its answer.
        arguments: of its address.
        client: the sender's address, as limits count it.
    """

    request: Request
    form: Form
    language: Language
    arguments: Arguments
    client: str

    @property
    def item(self) -> str:
        """The code, number or token in its address; a malformed one is unknown."""
        found: str = self.request.path_params["item"]
        return found if _ITEM.fullmatch(found) else "?"

    def answer(self, root: str, content: Any, *, status: int = 200) -> Response:
        """An answer in the request's format."""
        return Response(
            encode(self.form, root, content),
            status_code=status,
            media_type=self.form.media_type,
            headers={"Vary": "Accept-Language"},
        )


class GeoReport:
    """Serves GeoReport v2 below one address.

    Args:
        prefix: of its addresses.
        door: admits reports.
        intake: takes them in.
        requests: reads them.
        uploads: reads bodies with files.
        policy: the city's decisions.
        chosen: the section `[public]` of the settings.
        clock: returns now, aware.
        wait_s: counts a request of a client; returns 0, or the seconds until it may ask.
    """

    def __init__(
        self,
        *,
        prefix: str,
        door: Door,
        intake: ReportIntake,
        requests: ServiceRequests,
        uploads: Uploads,
        policy: CurrentPolicy,
        chosen: Public,
        clock: Callable[[], datetime],
        wait_s: Callable[[str], float],
    ) -> None:
        self._prefix = prefix
        self._door = door
        self._intake = intake
        self._requests = requests
        self._uploads = uploads
        self._policy = policy
        self._chosen = chosen
        self._clock = clock
        self._wait_s = wait_s
        self._changed = (policy(), clock())

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(prefix=self._prefix, include_in_schema=False, default_response_class=Response)
        for path, endpoint in (
            ("/services", self._services),
            ("/services/{item}", self._definition),
            ("/requests", self._list),
            ("/requests/{item}", self._one),
            ("/tokens/{item}", self._token),
            ("/discovery", self._discovery),
        ):
            self._add(router, f"{path}.{{form}}", endpoint, "GET")
        self._add(router, "/requests.{form}", self._post, "POST")
        return router

    def _add(self, router: APIRouter, path: str, endpoint: Endpoint, method: str) -> None:
        async def serve(request: Request) -> Response:
            return await self._answered(request, endpoint)

        router.add_api_route(path, serve, methods=[method])

    async def _answered(self, request: Request, endpoint: Endpoint) -> Response:
        """The answer of an endpoint; every refusal has the form of the specification."""
        said = request.path_params["form"]
        form = Form(said) if said in set(Form) else Form.XML
        try:
            return await endpoint(self._asked(request))
        except Open311Error as error:
            return _error(form, error.status, error.description, error.headers)
        except Refusal as error:
            return _error(form, error.status, error.detail, error.headers)
        except DatabaseAwayError as error:
            log.warning("%s %s: %s", request.method, request.url.path, error)
            return _error(form, 503, "the service cannot be reached now; try again", {"Retry-After": "2"})

    def _asked(self, request: Request) -> Asked:
        """The request, checked.

        Raises:
            Open311Error: 404, no such format or jurisdiction; 429, too many requests.
        """
        said = request.path_params["form"]
        if said not in set(Form):
            raise Open311Error(404, f"there is no format {said[:20]!r}; ask for xml or json")
        client = client_of(request.client.host if request.client else "")
        wait_s = self._wait_s(client)
        if wait_s > 0:
            seconds = str(max(1, round(wait_s)))
            raise Open311Error(429, "too many requests; wait a moment", {"Retry-After": seconds})
        arguments = Arguments(list(request.query_params.multi_items()))
        self._check_jurisdiction(arguments)
        return Asked(
            request=request,
            form=Form(said),
            language=preferred(request.headers.get("accept-language", "")),
            arguments=arguments,
            client=client,
        )

    def _check_jurisdiction(self, arguments: Arguments) -> None:
        wanted = arguments.get("jurisdiction_id")
        if self._chosen.jurisdiction and wanted not in {None, self._chosen.jurisdiction}:
            raise Open311Error(404, f"jurisdiction_id {wanted!r} was not found; leave it out")

    def _list_of_services(self, language: Language) -> ServiceList:
        return ServiceList(self._policy(), self._clock(), language)

    async def _services(self, asked: Asked) -> Response:
        return asked.answer("services", self._list_of_services(asked.language).all())

    async def _definition(self, asked: Asked) -> Response:
        service_code = asked.item
        definition = self._list_of_services(asked.language).definition(service_code)
        return asked.answer("service_definition", definition)

    async def _list(self, asked: Asked) -> Response:
        wanted = RequestFilter.of(asked.arguments, self._clock(), _EARLIEST)
        found = await self._requests.some(wanted, language=asked.language, media=self._media(asked.request))
        return asked.answer("service_requests", found)

    async def _one(self, asked: Asked) -> Response:
        service_request_id = asked.item
        token = asked.request.headers.get("x-follow-token")
        found = await self._requests.one(
            service_request_id, language=asked.language, media=self._media(asked.request), token=token
        )
        if found is None:
            raise Open311Error(404, f"there is no service_request_id {service_request_id[:40]!r}")
        return asked.answer("service_requests", [found])

    async def _token(self, asked: Asked) -> Response:
        token = asked.item
        found = await self._requests.of_token(token)
        if found is None:
            raise Open311Error(404, "there is no such token")
        return asked.answer("service_requests", [{"service_request_id": found, "token": token}])

    async def _post(self, asked: Asked) -> Response:
        if "api_key" in asked.request.query_params:
            raise Open311Error(400, "send api_key in the body: addresses are written to logs")
        channel = ""

        async def admit(fields: Fields) -> None:
            nonlocal channel
            channel = await self._door.admit(Arguments(fields), client=asked.client)

        async with self._uploads.form(asked.request, client=asked.client, admit=admit) as form:
            arguments = Arguments(form.fields)
            self._check_jurisdiction(arguments)
            self._door.check(form.files)
            said = await self._report(arguments, asked.language)
            token = arguments.follow_token() if self._door.follows else None
            taken = await self._intake.take_in(
                said,
                channel=channel,
                files=form.files,
                key=asked.request.headers.get("idempotency-key", "")[:100] or None,
                token=token,
            )
        entry = {
            "service_request_id": taken.service_request_id,
            "service_notice": None,
            "account_id": None,
        }
        return asked.answer("service_requests", [entry], status=201 if taken.new else 200)

    async def _report(self, arguments: Arguments, language: Language) -> PublicReport:
        """The report that arguments describe.

        Raises:
            Open311Error: 400, one is missing or wrong; 404, there is no such service.
        """
        services = self._list_of_services(language)
        service = services.find(arguments.need("service_code"))
        component = arguments.get("address_id")
        place = arguments.place()
        if place is None and component is not None:
            place = await self._intake.component_place(component)
        if place is None:
            raise Open311Error(400, "lat and long were not provided; an address alone is not enough here")
        return PublicReport(
            service=service,
            condition=services.condition(service, arguments.attributes()),
            lat=place[0],
            lon=place[1],
            component=component if component is not None and len(component) == _COMPONENT_DIGITS else None,
            description=arguments.get("description"),
            address=arguments.get("address_string"),
            media_url=arguments.media_url(),
            caller=arguments.caller(),
        )

    async def _discovery(self, asked: Asked) -> Response:
        if self._changed[0] is not self._policy():
            self._changed = (self._policy(), self._clock())
        changed = f"{self._changed[1]:%Y-%m-%d %H:%M}"
        return asked.answer(
            "discovery",
            {
                "changeset": changed,
                "contact": self._chosen.contact,
                "key_service": self._chosen.key_service,
                "endpoints": [
                    {
                        "specification": SPECIFICATION,
                        "url": self._base(asked.request) + self._prefix,
                        "changeset": changed,
                        "type": "production",
                        "formats": ["text/xml", "application/json"],
                    }
                ],
            },
        )

    def _base(self, request: Request) -> str:
        return (self._chosen.url or str(request.base_url)).rstrip("/")

    def _media(self, request: Request) -> Callable[[str], str]:
        base = self._base(request)
        return lambda name: f"{base}{MEDIA}{name}.jpg"


_COMPONENT_DIGITS: Final = 16


def _error(form: Form, status: int, description: str, headers: dict[str, str] | None) -> Response:
    content = encode(form, "errors", [{"code": status, "description": description}])
    return Response(content, status_code=status, media_type=form.media_type, headers=headers)
