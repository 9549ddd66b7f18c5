"""Which pages are ours."""

import pytest

from center import app
from center.web.guard import is_same_site

KNOWN = ("https://city.example",)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://10.0.0.5:8480", "10.0.0.5:8480"),
        ("https://center.example", "center.example"),
        ("https://center.example", "center.example:443"),
        ("http://center.example:80", "center.example"),
        ("http://CENTER.example", "center.EXAMPLE"),
        ("http://[::1]:8480", "[::1]:8480"),
        ("https://city.example", "10.0.0.5:8480"),
    ],
)
def test_a_page_from_where_the_request_goes_is_ours(origin: str, host: str) -> None:
    assert is_same_site(origin, host, KNOWN)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "center.example"),
        ("http://center.example.evil.example", "center.example"),
        ("http://center.example:8081", "center.example:8080"),
        ("http://center.example", "center.example:8080"),
        ("http://sub.center.example", "center.example"),
        ("http://city.example", "center.example"),
        ("null", "center.example"),
        ("null", ""),
        ("", ""),
        ("file://", ""),
        ("http://", ""),
        ("http://center.example:port", "center.example"),
        ("http://center.example@evil.example", "center.example"),
    ],
)
def test_any_other_is_not(origin: str, host: str) -> None:
    assert not is_same_site(origin, host, KNOWN)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/cases", "/api/v1/cases/SW1/actions", "/api/v1/geotagged-files",
        "/api/v1/exchange/imports/components", "/open311/v2/requests.json", "/public/v2/requests.xml",
    ],
)  # fmt: skip
def test_a_route_that_takes_files_may_be_sent_large_bodies(path: str) -> None:
    assert app._UPLOADS.fullmatch(path)
