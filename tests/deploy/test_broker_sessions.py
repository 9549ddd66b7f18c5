"""`streetwarden broker sessions` lists abandoned sessions, and removes them with their queues."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bench.mqtt_client import connect, connected
from deploy.broker_commands import broker as command
from deploy.broker_commands import in_words
from program.errors import ProgramError
from tests.servers import DISTRICT, TOKEN, Broker

INCIDENTS = "center-incidents"
RECEIPT = f"sw/1/{DISTRICT}/box/box-1/receipt"


async def forget(broker: Broker, *, messages: int) -> None:
    """A box leaves for good, and the centre continues to send it receipts."""
    box = await connect(broker.port, "box/box-1", clean=False, expiry_s=7 * 86_400)
    await box.subscribe(RECEIPT)
    await box.leave()
    async with connected(broker.port, INCIDENTS) as center:
        for _ in range(messages):
            assert await center.publish(RECEIPT, bytes(1000)) == 0


def run(broker: Broker, *arguments: str, **more: str) -> str:
    environment = {
        "STREETWARDEN_MQTT_URL": broker.url,
        "STREETWARDEN_DOCTOR_PASSWORD": "center-doctor",
        **more,
    }
    outcome = CliRunner().invoke(
        command, ["sessions", "--folder", "/nowhere", *arguments], env=environment, catch_exceptions=False
    )
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


async def test_an_abandoned_session_is_listed_and_removed(guarded_broker: Broker) -> None:
    await forget(guarded_broker, messages=5)
    listed = run(guarded_broker)
    assert listed.startswith("box/box-1 ")
    assert " 5 messages " in listed
    with pytest.raises(ProgramError, match="does not let the session box/box-1 be removed"):
        run(guarded_broker, "--remove", "box/box-1", STREETWARDEN_BROKER_SESSION_TOKEN="a guess")
    removed = run(guarded_broker, "--remove", "box/box-1", STREETWARDEN_BROKER_SESSION_TOKEN=TOKEN)
    assert removed == "removed the session box/box-1, and what waited for it\n"
    assert run(guarded_broker) == "no session waits for an absent client\n"


async def test_a_removed_session_stays_removed_over_a_restart_of_the_broker(guarded_broker: Broker) -> None:
    await forget(guarded_broker, messages=1)
    run(guarded_broker, "--remove", "box/box-1", STREETWARDEN_BROKER_SESSION_TOKEN=TOKEN)
    guarded_broker.restart()
    await forget_nothing(guarded_broker)


async def forget_nothing(broker: Broker) -> None:
    async with connected(broker.port, INCIDENTS) as center:
        assert await center.publish(RECEIPT) == 0x10, "nobody is there for it"


def test_without_the_token_or_a_password_it_says_what_to_give(guarded_broker: Broker) -> None:
    with pytest.raises(ProgramError, match="give it in STREETWARDEN_BROKER_SESSION_TOKEN"):
        run(guarded_broker, "--remove", "box/box-1")
    with pytest.raises(ProgramError, match="give it in STREETWARDEN_DOCTOR_PASSWORD"):
        run(guarded_broker, STREETWARDEN_DOCTOR_PASSWORD="")


def test_an_empty_quarantine_is_reported() -> None:
    assert in_words((), others=0) == "no session waits for an absent client"
    assert in_words((), others=2) == "2 more without a message since their client left"
