"""Every named query is valid for the migrated schema."""

from importlib.resources import files

import pytest

from store.connection import open_connection
from store.queries import load

AREAS = sorted(
    file.name.removesuffix(".sql")
    for file in files("store").joinpath("queries").iterdir()
    if file.name.endswith(".sql")
)


@pytest.mark.servers
@pytest.mark.parametrize("area", AREAS)
async def test_the_server_can_prepare_every_query(area: str, database_url: str) -> None:
    connection = await open_connection(database_url, application="test")
    try:
        queries = load(area)
        assert queries
        for name in sorted(queries, key=lambda name: not name.startswith("make_")):
            if name.startswith("make_"):
                await connection.execute(queries[name])
            else:
                await connection.prepare(queries[name])
    finally:
        await connection.close()


def test_a_name_that_stands_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;\n"

    class Folder:
        def joinpath(self, *_parts: str) -> "Folder":
            return self

        def read_text(self, encoding: str) -> str:
            assert encoding == "utf-8"
            return text

    monkeypatch.setattr("store.queries.files", lambda _package: Folder())
    with pytest.raises(ValueError, match="'one' twice"):
        load("any")
