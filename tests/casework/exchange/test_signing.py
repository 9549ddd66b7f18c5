"""Signatures as the specification of Standard Webhooks wants them, checked with its published example."""

from __future__ import annotations

import pytest

from casework.exchange.signing import SignatureError, headers, new_secret, read_secret, verify, write_secret

# The example of the specification's own libraries (standard-webhooks/standard-webhooks, python/tests).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_example_is_signed_and_accepted() -> None:
    secret = read_secret(SECRET)
    made = headers(MESSAGE, AT, BODY, [secret])
    assert made == {"webhook-id": MESSAGE, "webhook-timestamp": str(AT), "webhook-signature": SIGNATURE}
    assert verify(made, BODY, [secret], now_s=AT + 299) == MESSAGE
    assert write_secret(secret) == SECRET


def test_while_a_secret_is_replaced_both_are_accepted() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    made = headers(MESSAGE, AT, BODY, [new, old])
    for accepted in (old, new):
        assert verify(made, BODY, [accepted], now_s=AT) == MESSAGE
    with pytest.raises(SignatureError, match="does not match"):
        verify(made, BODY, [other], now_s=AT)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"webhook-id": "another"}, "does not match"),
        ({"webhook-timestamp": str(AT - 301)}, "clock"),
        ({"webhook-timestamp": "9" * 5000}, "clock"),
        ({"webhook-timestamp": "now"}, "clock"),
        ({"webhook-timestamp": "٣"}, "clock"),
        ({"webhook-signature": "v1a,AAAA"}, "does not match"),
        ({"webhook-signature": "é"}, "does not match"),
        ({"webhook-signature": ""}, "send the headers"),
    ],
)
def test_whatever_was_changed_is_refused(change: dict[str, str], because: str) -> None:
    secret = read_secret(SECRET)
    made = headers(MESSAGE, AT, BODY, [secret]) | change
    with pytest.raises(SignatureError, match=because):
        verify(made, BODY, [secret], now_s=AT)


def test_a_changed_body_is_refused() -> None:
    secret = read_secret(SECRET)
    with pytest.raises(SignatureError, match="does not match"):
        verify(headers(MESSAGE, AT, BODY, [secret]), BODY + b" ", [secret], now_s=AT)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "whsec_not base64", "whsec_" + "A" * 200])
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(SignatureError, match="secret"):
        read_secret(text)
