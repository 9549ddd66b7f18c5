"""A database over TLS is accepted only with the right certificate; each failure is one sentence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import debian_root
from deploy.servers import PostgreSQL
from deploy.servers.confined import INSIDE
from store.connection import open_connection
from store.errors import DatabaseUnreachableError
from tests.certificates import Certificates
from tests.ports import free_port
from tests.servers import ROOT

_FILES = {"ssl_cert_file": f"{INSIDE}/server.crt", "ssl_key_file": f"{INSIDE}/server.key"}


class TlsServer(PostgreSQL):
    """PostgreSQL with a certificate."""

    def __init__(self, folder: Path, certificates: Certificates) -> None:
        settings = {"ssl": "on", "fsync": "off", "timescaledb.max_background_workers": "0", **_FILES}
        super().__init__(
            system=debian_root.find(ROOT),
            folder=folder,
            port=free_port(),
            password="a p@ss/word",
            settings=settings,
        )
        self._certificates = certificates

    def prepare(self) -> None:
        super().prepare()
        shutil.copyfile(self._certificates.certificate("database"), self.folder / "server.crt")
        shutil.copyfile(self._certificates.key("database"), self.folder / "server.key")
        (self.folder / "server.key").chmod(0o600)

    def command(self) -> str:
        return f"cd {INSIDE}; chown postgres:postgres server.key server.crt; {super().command()}"


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path / "ca")
    made.server("database")
    return made


@pytest.fixture
def server(certificates: Certificates, tmp_path: Path, servers_can_run: None) -> Iterator[TlsServer]:
    server = TlsServer(tmp_path / "database", certificates)
    server.start()
    yield server
    server.kill()


async def test_verify_full_means_what_it_says(
    server: TlsServer, certificates: Certificates, tmp_path: Path
) -> None:
    url = server.url("postgres")
    asked = f"{url}?sslmode=verify-full&sslrootcert={certificates.ca}"
    connection = await open_connection(asked, application="test")
    assert await connection.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    await connection.close()

    stranger = Certificates(tmp_path / "stranger", "another CA")
    for wrong, said in (
        (
            f"sslmode=verify-full&sslrootcert={stranger.ca}",
            r"the database at .* is by a CA that .*sslrootcert",
        ),
        ("sslmode=verify-full&sslrootcert=/absent", r"a file in its URL \(sslrootcert"),
        ("sslmode=bogus", r"`sslmode` parameter must be one of"),
    ):
        with pytest.raises(DatabaseUnreachableError, match=said) as caught:
            await open_connection(f"{url}?{wrong}", application="test")
        assert "word" not in str(caught.value)


@pytest.mark.parametrize("password", ["a/secret", "a?secret", "a#secret", "[secret", "a%secret", "secret@"])
async def test_a_password_that_breaks_the_address_is_not_shown(password: str) -> None:
    with pytest.raises(DatabaseUnreachableError) as caught:
        await open_connection(f"postgresql://user:{password}@127.0.0.1:1/d", application="test")
    assert "secret" not in str(caught.value)
