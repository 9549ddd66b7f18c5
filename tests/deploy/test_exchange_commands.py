"""`streetwarden exchange webhooks`: subscriptions and dead letters by command."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import pytest
from click.testing import CliRunner

from casework.exchange.feed import number_changes
from deploy.exchange_commands import exchange
from program.errors import ProgramError
from store.connection import open_pool
from tests.casework.cases import report, stall

pytestmark = pytest.mark.servers


def run(database_url: str, *arguments: str) -> str:
    env = {**os.environ, "STREETWARDEN_DATABASE_URL": database_url}
    said = CliRunner().invoke(exchange, ["webhooks", *arguments], env=env)
    if isinstance(said.exception, ProgramError):
        raise said.exception
    assert said.exit_code == 0, (said.output, said.exception)
    return said.output.strip()


def listed(database_url: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(database_url, "list", "--json").splitlines()]


async def _give_up_one(url: str) -> str:
    pool = await open_pool(url, application="test", largest=2)
    try:
        case = await report(pool, stall())
        async with pool.acquire() as connection:
            await number_changes(connection)
            await connection.execute(
                "INSERT INTO webhook_dead_letter (webhook, position, attempts, error) "
                "VALUES ('a', 1, 12, 'no')"
            )
        return case.number
    finally:
        await pool.close()


def test_a_subscription_is_added_switched_given_a_new_secret_and_removed(database_url: str) -> None:
    secret = run(database_url, "add", "a", "https://receiver.example/", "--action", "close")
    assert secret.startswith("whsec_")
    assert run(database_url, "rotate", "a") != secret
    number = asyncio.run(_give_up_one(database_url))
    assert f"1  {number} open" in run(database_url, "dead-letters", "a")
    assert json.loads(run(database_url, "show", "a", "1"))["data"]["number"] == number
    assert run(database_url, "replay", "a") == "1 dead letters of a are sent again"
    assert "will be sent again" in run(database_url, "dead-letters", "a")
    assert run(database_url, "discard", "a", "1", "--yes") == "1 dead letters of a are deleted"
    run(database_url, "disable", "a")
    assert [row["enabled"] for row in listed(database_url)] == [False]
    run(database_url, "enable", "a")
    assert "secret" not in run(database_url, "list", "--json")
    assert run(database_url, "list").startswith("a  https://receiver.example/  enabled; waiting 1")
    run(database_url, "remove", "a")
    assert listed(database_url) == []
    for wrong in (["remove", "a"], ["add", "-", "https://x.example/"], ["add", "a", "ftp://x"],
                  ["add", "a", "https://x.example/", "--after", "99"]):  # fmt: skip
        with pytest.raises(ProgramError):
            run(database_url, *wrong)
