"""`streetwarden tls`: OpenSSL accepts its certificates, keys are protected, and revoked ones are refused."""

from __future__ import annotations

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509

from deploy.errors import DeployError
from deploy.tls.authority import TlsAuthorityError
from deploy.tls.command import command
from deploy.tls.folder import AuthorityFolder

NOW = datetime.now(UTC).replace(microsecond=0)


def tls(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(command, [*arguments, "--folder", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def verified(authority: AuthorityFolder, name: str, purpose: str) -> str:
    """The result of OpenSSL's strict verification of a certificate with the revocation list."""
    ask = ["openssl", "verify", "-x509_strict", "-crl_check", "-purpose", purpose]
    ask += ["-CAfile", str(authority.ca), "-CRLfile", str(authority.crl), str(authority.certificate(name))]
    done = subprocess.run(ask, check=False, capture_output=True, text=True)
    return done.stdout.split()[-1] if done.returncode == 0 else done.stderr


@pytest.fixture
def authority(tmp_path: Path) -> AuthorityFolder:
    tls(tmp_path / "ca", "init")
    return AuthorityFolder(tmp_path / "ca")


def test_a_servers_and_a_clients_certificate_each_serve_for_one_thing(authority: AuthorityFolder) -> None:
    tls(authority.path, "issue", "broker", "--name", "broker.example", "--name", "192.0.2.7", "--name", "::1")
    tls(authority.path, "issue", "box/box-1", "center-ingest")
    assert verified(authority, "broker", "sslserver") == "OK"
    assert "purpose" in verified(authority, "broker", "sslclient")
    assert verified(authority, "box/box-1", "sslclient") == "OK"
    assert "purpose" in verified(authority, "box/box-1", "sslserver")
    listed = tls(authority.path, "list").splitlines()
    assert [line.split("\t")[:2] for line in listed] == [
        ["broker", "broker.example, 192.0.2.7, ::1"],
        ["box/box-1", "client"],
        ["center-ingest", "client"],
    ]


def test_keys_are_readable_by_their_owner_only(authority: AuthorityFolder) -> None:
    tls(authority.path, "issue", "box/box-1")
    keys = [authority.path / "ca-key.pem", authority.key("box/box-1")]
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert {stat.S_IMODE(file.stat().st_mode) for file in (authority.ca, authority.crl)} == {0o644}


def test_only_revoked_certificates_are_refused(authority: AuthorityFolder) -> None:
    tls(authority.path, "issue", "box/box-1", "box/box-2")
    tls(authority.path, "issue", "box/box-1")  # a second one, with another key
    told = tls(authority.path, "revoke", "box/box-1")
    assert told.count("revoked box/box-1") == 2
    assert "Reload the broker" in told
    assert "certificate revoked" in verified(authority, "box/box-1", "sslclient")
    assert verified(authority, "box/box-2", "sslclient") == "OK"
    tls(authority.path, "issue", "box/box-1")
    assert verified(authority, "box/box-1", "sslclient") == "OK"
    with pytest.raises(TlsAuthorityError, match="no valid certificate was issued for vehicle/v1"):
        tls(authority.path, "revoke", "vehicle/v1")


def test_a_revocation_that_could_not_be_written_is_not_taken_for_done(authority: AuthorityFolder) -> None:
    tls(authority.path, "issue", "box/box-1")
    authority.crl.unlink()
    authority.crl.mkdir()  # as good as a full disk
    with pytest.raises(TlsAuthorityError, match="cannot write into"):
        tls(authority.path, "revoke", "box/box-1")
    authority.crl.rmdir()
    assert "revoked box/box-1" in tls(authority.path, "revoke", "box/box-1")
    assert "certificate revoked" in verified(authority, "box/box-1", "sslclient")


def test_renewal_keeps_key_and_names_and_touches_only_what_is_due(authority: AuthorityFolder) -> None:
    tls(authority.path, "issue", "broker", "--name", "broker.example", "--days", "20")
    tls(authority.path, "issue", "box/box-1")
    key, box = authority.key("broker").read_bytes(), authority.certificate("box/box-1").read_bytes()
    told = tls(authority.path, "renew")
    assert "broker.example" in told
    assert "box-1" not in told
    assert authority.key("broker").read_bytes() == key
    assert authority.certificate("box/box-1").read_bytes() == box
    renewed = x509.load_pem_x509_certificate(authority.certificate("broker").read_bytes())
    assert renewed.not_valid_after_utc > NOW + timedelta(days=360)
    assert verified(authority, "broker", "sslserver") == "OK"
    assert "nothing expires within 30 days" in tls(authority.path, "renew")


def test_no_certificate_outlives_the_ca_and_an_expired_ca_issues_none(tmp_path: Path) -> None:
    authority = AuthorityFolder(tmp_path)
    authority.init("short", now=NOW, days=3)
    assert authority.issue("broker", names=["a.example"], now=NOW).expires_at == NOW + timedelta(days=3)
    with pytest.raises(TlsAuthorityError, match=r"the CA expired on .*; make another in a new folder"):
        authority.issue("late", names=[], now=NOW + timedelta(days=4))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["init"], "holds a CA already; give --folder"),
        (["issue", "../../etc/passwd"], "is no name for a certificate"),
        (["issue", "a/../../b"], "is no name for a certificate"),
        (["issue", "x" * 65], "is too long for a certificate"),
        (["issue", "broker", "--name", "https://x"], "is neither a host name nor an address"),
        (["issue", "broker", "--name", "*.example"], "is neither a host name nor an address"),
        (["renew", "nobody"], "no valid certificate was issued for nobody"),
    ],
)
def test_an_invalid_option_is_one_sentence(
    authority: AuthorityFolder, arguments: list[str], said: str
) -> None:
    with pytest.raises(DeployError, match=said):
        tls(authority.path, *arguments)


def test_without_a_ca_the_error_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"holds no CA; make one with streetwarden tls init"):
        tls(tmp_path / "none", "issue", "broker")
