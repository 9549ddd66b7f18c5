"""A TLS connection is made only with the right server; each failure is one sentence that names the remedy."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from program.errors import SettingsError
from program.settings import load
from program.settings_parts import BrokerLogin
from program.tls import ClientTls, TlsError, TlsFiles, expiry_of
from tests.certificates import Certificates, days_ago


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "ca")


@contextmanager
def server(context: ssl.SSLContext | None) -> Iterator[int]:
    """A server that shakes hands, says one byte, and listens until we go; its port."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                try:
                    if context is None:
                        connection.sendall(b"not TLS at all, and long enough to look at")
                        continue
                    with context.wrap_socket(connection, server_side=True) as secured:
                        secured.sendall(b"x")
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def serving(
    certificates: Certificates, name: str, *, clients_of: Certificates | None = None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate(name), certificates.key(name))
    if clients_of is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients_of.ca)
        context.load_verify_locations(clients_of.crl)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return context


def talk(files: TlsFiles, port: int) -> str:
    """Connect and hear the server's byte; the sentence if that fails."""
    tls = ClientTls(files=files)
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            tls.context().wrap_socket(plain, server_hostname="127.0.0.1") as secured,
        ):
            tls.connected(secured.getpeercert())
            return "talked" if secured.recv(1) == b"x" else "closed"
    except OSError as error:
        return tls.explain(error, address=f"127.0.0.1:{port}")


def trusting(certificates: Certificates, client: str | None = None) -> TlsFiles:
    return TlsFiles(
        ca=str(certificates.ca),
        crl=str(certificates.crl),
        certificate=str(certificates.certificate(client)) if client else "",
        key=str(certificates.key(client)) if client else "",
    )


def test_the_right_server_is_talked_to_and_its_expiry_known(certificates: Certificates) -> None:
    with server(serving(certificates, certificates.server(days=5))) as port:
        assert talk(trusting(certificates), port) == "talked"


Prepare = Callable[[Certificates], str]


def revoked(certificates: Certificates) -> str:
    name = certificates.server()
    certificates.revoke(name, now=days_ago(0))
    return name


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (
            lambda ca: ca.server("old", at=days_ago(9)),
            r"has expired by this machine's clock .*; renew it, or",
        ),
        (lambda ca: ca.server("early", at=days_ago(-3)), r"is not valid yet by this machine's clock .*NTP"),
        (
            lambda ca: ca.server("other", "broker.example"),
            r"is for another name .*; use a name that it is for",
        ),
        (lambda ca: ca.client("box/box-1"), r"is not a server certificate; issue one for a server"),
        (revoked, r"was revoked; "),
    ],
    ids=["expired", "not yet valid", "wrong name", "a client's", "revoked"],
)
def test_a_certificate_that_does_not_hold_is_refused(
    certificates: Certificates, prepare: Prepare, said: str
) -> None:
    with server(serving(certificates, prepare(certificates))) as port:
        assert re.search(
            f"the certificate of the broker at 127.0.0.1:{port}.*{said}", talk(trusting(certificates), port)
        )


def test_another_ca_is_not_believed(certificates: Certificates, tmp_path: Path) -> None:
    stranger = Certificates(tmp_path / "stranger", "another CA")
    with server(serving(stranger, stranger.server())) as port:
        told = talk(trusting(certificates), port)
        assert "is by a CA that broker.ca_file" in told
        assert "give the certificate of that CA in broker.ca_file" in told
        assert "by a CA that this machine does not know" in talk(TlsFiles(), port)


def test_a_revocation_list_of_another_ca_is_reported(certificates: Certificates, tmp_path: Path) -> None:
    stranger = Certificates(tmp_path / "stranger", "another CA")
    files = TlsFiles(ca=str(certificates.ca), crl=str(stranger.crl))
    with server(serving(certificates, certificates.server())) as port:
        assert "broker.crl_file is of another CA" in talk(files, port)


def test_a_port_without_tls_is_named_as_that(certificates: Certificates) -> None:
    with server(None) as port:
        assert re.search(
            r"does not use TLS there; give the port of its TLS listener", talk(trusting(certificates), port)
        )


def test_a_server_that_wants_a_certificate_of_ours(certificates: Certificates, tmp_path: Path) -> None:
    stranger = Certificates(tmp_path / "stranger", "another CA")
    certificates.client("box/box-1")
    certificates.client("old", at=days_ago(9))
    certificates.client("lost")
    certificates.revoke("lost", now=days_ago(0))
    stranger.client("box/box-1")
    foreign = TlsFiles(
        ca=str(certificates.ca),
        certificate=str(stranger.certificate("box/box-1")),
        key=str(stranger.key("box/box-1")),
    )
    with server(serving(certificates, certificates.server(), clients_of=certificates)) as port:
        assert talk(trusting(certificates, "box/box-1"), port) == "talked"
        assert "requires a certificate of ours; give broker.certificate_file" in talk(
            trusting(certificates), port
        )
        assert "says that our certificate has expired; renew it" in talk(trusting(certificates, "old"), port)
        assert "says that our certificate was revoked; issue another" in talk(
            trusting(certificates, "lost"), port
        )
        assert "does not know the CA of our certificate" in talk(foreign, port)


def test_files_that_cannot_serve_are_named_with_their_setting(
    certificates: Certificates, tmp_path: Path
) -> None:
    certificates.client("a")
    certificates.client("b")
    certificate, key = str(certificates.certificate("a")), str(certificates.key("a"))
    locked = tmp_path / "locked.pem"
    subprocess.run(
        ["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:word", "-out", locked], check=True
    )
    text = tmp_path / "text.pem"
    text.write_text("nothing of the kind\n")
    for files, said in (
        (TlsFiles(ca="/absent/ca.pem"), r"broker\.ca_file /absent/ca\.pem cannot be used \(No such file"),
        (TlsFiles(ca=str(tmp_path)), r"broker\.ca_file .* cannot be used \(Is a directory\)"),
        (TlsFiles(ca=str(text)), r"broker\.ca_file .*text\.pem contains no certificate; give"),
        (TlsFiles(crl=str(text)), r"broker\.crl_file .*text\.pem is not only a revocation list"),
        (TlsFiles(crl=str(certificates.ca)), r"broker\.crl_file .*ca\.pem is not only a revocation list"),
        (
            TlsFiles(key=key),
            r"broker\.key_file is given without a certificate; give broker\.certificate_file",
        ),
        (TlsFiles(certificate=certificate), r"broker\.certificate_file .* cannot be used \(.*private key"),
        (
            TlsFiles(certificate=certificate, key="/absent"),
            r"broker\.key_file /absent cannot be used \(No such",
        ),
        (
            TlsFiles(certificate=certificate, key=str(certificates.key("b"))),
            r"broker\.key_file .* does not fit",
        ),
        (
            TlsFiles(certificate=certificate, key=str(locked)),
            r"broker\.key_file .* is encrypted; give the key wi",
        ),
        (TlsFiles(certificate=str(text), key=key), r"broker\.certificate_file .* cannot be used"),
        (TlsFiles(prefix="--", ca="/absent"), r"--ca-file /absent cannot be used"),
    ):
        with pytest.raises(TlsError, match=said):
            ClientTls(files=files).context()


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file to nobody")
def test_a_key_that_may_not_be_read_is_named(certificates: Certificates) -> None:
    certificates.client("a")
    script = (
        "import os, sys; from program.tls import *; os.setuid(65534)\n"
        "try: ClientTls(files=TlsFiles(certificate=sys.argv[1], key=sys.argv[2])).context()\n"
        "except TlsError as error: print(error)"
    )
    for folder in (certificates.path, *certificates.path.parents[:3]):
        folder.chmod(0o755)
    arguments = [certificates.certificate("a"), certificates.key("a")]
    done = subprocess.run(
        ["/usr/bin/env", "python3", "-c", script, *arguments], check=False, capture_output=True, text=True
    )
    if "Permission denied" not in done.stdout and done.returncode != 0:
        pytest.skip("this checkout cannot be read by nobody")
    assert "broker.key_file" in done.stdout
    assert "Permission denied" in done.stdout


def test_a_renewed_certificate_is_read_at_the_next_connection(certificates: Certificates) -> None:
    certificates.server()
    certificates.client("box/box-1", days=2)
    tls = ClientTls(files=trusting(certificates, "box/box-1"))
    first = tls.context()
    assert tls.context() is first
    before = tls.expiries()["client"]
    certificates.renew("box/box-1", now=days_ago(0), days=7)
    assert tls.context() is not first
    assert tls.expiries()["client"] > before
    assert tls.expiries()["client"] == expiry_of(str(certificates.certificate("box/box-1")))
    assert set(tls.expiries()) == {"client", "ca"}


def test_only_tls_1_2_and_newer_is_spoken_and_the_name_is_always_checked(certificates: Certificates) -> None:
    for files in (TlsFiles(), trusting(certificates)):
        context = ClientTls(files=files).context()
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        assert context.check_hostname
        assert context.verify_mode is ssl.CERT_REQUIRED


def test_files_for_a_connection_that_is_not_encrypted_are_refused(certificates: Certificates) -> None:
    login = BrokerLogin(url="mqtt://127.0.0.1:1883", ca_file=str(certificates.ca))
    with pytest.raises(TlsError, match=r"broker\.ca_file is given, but .* not encrypted; give .* mqtts://"):
        login.tls()
    assert BrokerLogin(url="mqtt://127.0.0.1:1883").tls() is None


@pytest.mark.parametrize("program", ["ingest", "edge"])
def test_ingest_and_edge_have_the_same_settings(program: str, certificates: Certificates) -> None:
    import edge.settings
    import ingest.settings

    Kind = type[ingest.settings.Settings] | type[edge.settings.Settings]  # noqa: N806 (a type)
    kinds: dict[str, Kind] = {"ingest": ingest.settings.Settings, "edge": edge.settings.Settings}
    kind = kinds[program]
    names = {"ca_file": certificates.ca, "crl_file": certificates.crl}
    given = {f"STREETWARDEN_{program.upper()}_BROKER_{n.upper()}": str(v) for n, v in names.items()}
    given["STREETWARDEN_MQTT_URL"] = "mqtts://broker.example"
    login = load(kind, program=program, file=None, environment=given).broker
    tls = login.tls()
    assert tls is not None
    assert tls.files == trusting(certificates)


@pytest.mark.parametrize(
    "url",
    ["mqtt://u:p/w@host", "mqtt://u:secret@host:99999", "tcp://u:secret@host", "u:secret@host", "mqtts://"],
)
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(
        SettingsError, match=r"is not a broker's address; set STREETWARDEN_MQTT_URL"
    ) as caught:
        BrokerLogin(url=url).tls()
    assert "secret" not in str(caught.value)
    assert "p/w" not in str(caught.value)
