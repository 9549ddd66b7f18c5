"""No password of a camera, broker or database is shown, whatever its form in an address."""

from __future__ import annotations

import io
import logging
import re
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from program.logs import Redacting
from program.redaction import HIDDEN, public_address, redacted

_SIGNS = "abcXYZ019@:/?#%&=+$!*~()[]{}<>;,.'\"\\|^`-_é密"
SECRETS = st.text(alphabet=_SIGNS, min_size=4, max_size=24)
HOSTS = st.sampled_from(["192.0.2.7", "cam-7.example", "[2001:db8::7]", "[fe80::1%eth0]", "localhost"])
PORTS = st.sampled_from(["", ":554", ":8554"])
SCHEMES = st.sampled_from(["rtsp", "rtsps", "http", "https", "rtmp", "mqtt", "mqtts", "postgresql"])


@st.composite
def addresses(draw: st.DrawFn) -> tuple[str, str]:
    """An address, and the secret in it as it stands there."""
    secret = draw(SECRETS)
    host, scheme = draw(HOSTS) + draw(PORTS), draw(SCHEMES)
    form = draw(st.sampled_from(["password", "user", "query", "path", "fragment"]))
    encoded = draw(st.booleans())
    if encoded or form in {"query", "fragment", "path"}:
        secret = quote(secret, safe="@:?=&!*()'\",;$" if not encoded else "")
    if form == "user":  # a token in the place of a user
        assume(not scheme.startswith("postgres"))  # its user is shown
        return f"{scheme}://{secret}@{host}/live", secret
    if form == "password":
        return f"{scheme}://admin:{secret}@{host}/Streaming/Channels/101", secret
    if form == "path":
        assume(not scheme.startswith("postgres"))  # its path is the database's name
        return f"{scheme}://{host}/user=admin_password={secret}_channel=1_stream=0.sdp", secret
    if form == "fragment":
        return f"{scheme}://{host}/live#{secret}", secret
    return f"{scheme}://{host}/live?user=admin&pwd={secret}&x=1", secret


SENTENCES = (
    "{url}",
    "cannot open {url}: Connection refused",
    "[Errno 111] Connection refused: {url!r}",
    "Opening '{url}' for reading, then ({url}), then {url}.",
    "capture cam-1: {url} sent nothing for 15 s; trying again in 2 s",
    "Traceback (most recent call last):\n  File x\nav.error.HTTPUnauthorizedError: [Errno 1] 401: {url!r}\n",
)


@given(addresses(), st.sampled_from(SENTENCES))
@example(("rtsp://admin:p@ss@192.0.2.7/live", "p@ss"), SENTENCES[0])
@example(("rtsp://admin:p/ss@192.0.2.7/live", "p/ss"), SENTENCES[1])
@example(("rtsp://192.0.2.7/?user=admin&pwd=a@b.c", "a@b.c"), SENTENCES[2])
def test_no_form_of_a_secret_is_shown(address: tuple[str, str], sentence: str) -> None:
    url, secret = address
    told = sentence.format(url=url)
    assume(secret not in sentence.format(url=re.sub(re.escape(secret), "", url)))  # by chance a word of ours
    for shown in (
        redacted(told),
        redacted(redacted(told)),
        public_address(url),
        redacted(public_address(url)),
    ):
        assert secret not in shown
        assert repr(secret)[1:-1] not in shown


@given(addresses())
def test_what_is_shown_stays_as_it_is(address: tuple[str, str]) -> None:
    shown = public_address(address[0])
    assert public_address(shown) == shown
    assert redacted(shown) == shown


@given(st.text())
def test_any_text_goes_through(text: str) -> None:
    assert isinstance(redacted(text), str)
    assert isinstance(public_address(text), str)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://admin:hidden@cam-7.example:554/live", "rtsp://cam-7.example:554"),
        ("rtsp://admin:p@ss@cam-7.example/live", "rtsp://cam-7.example"),
        ("rtsp://token@cam-7.example/live", "rtsp://cam-7.example"),
        ("rtsp://[2001:db8::7]:554/?user=a&pwd=b", "rtsp://[2001:db8::7]:554"),
        ("rtsp://admin:p/ss@cam-7.example/live", f"rtsp://{HIDDEN}"),
        ("rtsp:/admin:hidden@cam-7.example", HIDDEN),
        ("file:clips/a@b.mp4", "file:clips/a@b.mp4"),
        ("mqtt:", "mqtt:"),
        ("mqtts://center:hidden@broker.example:8883", "mqtts://broker.example:8883"),
        ("postgresql://streetwarden:hidden@db:5432/city?sslmode=x", "postgresql://streetwarden@db:5432/city"),
        ("s3://key:hidden@bucket/prefix?region=x", "s3://bucket/prefix"),
        ("file:///var/lib/evidence", "file:///var/lib/evidence"),
    ],
)
def test_what_is_left_of_an_address(url: str, shown: str) -> None:
    assert public_address(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no camera at rtsp://a:b@h:554/x (401), so", "no camera at rtsp://h:554 (401), so"),
        ("password=hidden user=x", "password=*** user=x"),
        ('{"token": "hidden"}', '{"token": ***}'),
        (
            "the broker refuses 'box/box-1' (not authorised)",
            "the broker refuses 'box/box-1' (not authorised)",
        ),
        ("no scheme ://a:b@h", "no scheme ***"),
        ("see http://127.0.0.1:9103, then mail", "see http://127.0.0.1:9103, then mail"),
    ],
)
def test_the_rest_of_a_text_stays(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_a_log_shows_no_secret_not_even_in_a_trace() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(Redacting())
    log = logging.getLogger("tests.redaction")
    log.propagate = False
    log.addHandler(handler)
    url = "rtsp://admin:hid@den@cam-7.example/live?pwd=hid@den"
    try:
        try:
            raise ConnectionRefusedError(111, "Connection refused", url)
        except OSError as error:
            raise RuntimeError(f"nothing at {url}") from error
    except RuntimeError:
        log.exception("capture of %s failed", url)
    told = out.getvalue()
    assert "Traceback" in told
    assert "ConnectionRefusedError" in told
    assert "hid" not in told
    assert "den" not in told


def test_a_log_line_that_cannot_be_formatted_ends_nothing() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%d of rtsp://a:hidden@h", ("one",), None)
    assert Redacting().filter(record)
    assert record.getMessage() == "%d of rtsp://h (with arguments that do not fit)"
