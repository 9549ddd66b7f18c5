"""Sections of settings that several programs share; each program's section extends them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from msgspec import Meta, Struct

from program.broker_address import BrokerAddress
from program.errors import SettingsError
from program.tls import ClientTls, TlsFiles, client_tls

Port = Annotated[int, Meta(ge=0, le=65_535, description="The port; 0 takes a free one.")]
LogLevel = Annotated[str, Meta(description="DEBUG, INFO, WARNING or ERROR.")]
LogFormat = Annotated[
    Literal["text", "json"],
    Meta(description="The log format: `text` for people, `json` for collectors."),
]


class BrokerLogin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The broker, and the account of this program there."""

    section: ClassVar[str] = "broker"
    """The name of the section, for messages."""

    url: Annotated[
        str,
        Meta(
            description="The broker: mqtt://host:1883, or mqtts://host:8883 for TLS.",
            extra={"environment": "STREETWARDEN_MQTT_URL"},
        ),
    ] = "mqtt://127.0.0.1:1883"
    user: Annotated[str, Meta(description="Our user name at the broker.")] = ""
    password: Annotated[str, Meta(description="Our password at the broker.")] = ""
    password_file: Annotated[
        str,
        Meta(
            description="A file whose first line, without surrounding spaces, is the password; overrides "
            "`password`. An empty file counts as none."
        ),
    ] = ""
    ca_file: Annotated[
        str,
        Meta(
            description="CA certificates (PEM) that verify the broker, for mqtts with a CA of your own; "
            "empty: those that the machine trusts. Changed TLS files are read again "
            "at the next connection."
        ),
    ] = ""
    crl_file: Annotated[
        str, Meta(description="That CA's list of revoked certificates (PEM); empty: no check.")
    ] = ""
    certificate_file: Annotated[
        str,
        Meta(
            description="Our own certificate (PEM), with its chain, if the broker requires one in "
            "addition to the password."
        ),
    ] = ""
    key_file: Annotated[
        str,
        Meta(description="Its private key (PEM, without a passphrase); empty if it is in the same file."),
    ] = ""
    keep_alive_s: Annotated[
        int, Meta(ge=2, le=3600, description="Seconds of silence after which a connection counts as dead.")
    ] = 20

    def tls(self) -> ClientTls | None:
        """TLS to the broker, with files loaded once; None for an address without TLS.

        Raises:
            SettingsError: the address is malformed.
            TlsError: a file cannot be used, or is given although the address is without TLS.
        """
        return client_tls(BrokerAddress.parse(self.url), self.tls_files())

    def tls_files(self) -> TlsFiles:
        """The TLS files in the settings."""
        return TlsFiles(
            prefix=f"{self.section}.",
            ca=self.ca_file,
            crl=self.crl_file,
            certificate=self.certificate_file,
            key=self.key_file,
        )

    def secret(self) -> str | None:
        """The password, from the file or the setting.

        Raises:
            SettingsError: the password file cannot be read.
        """
        if not self.password_file:
            return self.password or None
        return read_secret(self.password_file, setting=f"{self.section}.password_file") or None


class DatabaseAddress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The database, which stores everything but evidence files."""

    url: Annotated[
        str,
        Meta(
            description="The database: postgresql://user:password@host:5432/database.",
            extra={"environment": "STREETWARDEN_DATABASE_URL"},
        ),
    ] = "postgresql://streetwarden@127.0.0.1:5432/streetwarden"
    password_file: Annotated[
        str,
        Meta(
            description="A file whose first line, without surrounding spaces, is the password; overrides "
            "one in the URL. An empty file counts as none.",
            extra={"environment": "STREETWARDEN_DATABASE_PASSWORD_FILE"},
        ),
    ] = ""

    def full_url(self) -> str:
        """The URL with the password, from the file or the URL.

        Raises:
            SettingsError: the password file cannot be read, or the URL has no user for it.
        """
        if not self.password_file:
            return self.url
        return with_password(self.url, file=self.password_file, setting="database")


class EvidenceStore(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Storage of pictures and clips."""

    url: Annotated[
        str,
        Meta(
            description="Object storage: file:///folder or s3://bucket/prefix; the same for ingest and the "
            "center.",
            extra={"environment": "STREETWARDEN_EVIDENCE_URL"},
        ),
    ] = "file:///var/lib/streetwarden/evidence"

    def folder(self) -> Path | None:
        """The folder, if the storage is one."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None


class MetricsAddress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address of `/metrics`, `/live`, `/ready` and `/health`; each program has its own port."""

    address: Annotated[str, Meta(description="The address to listen on.")] = "127.0.0.1"
    port: Port = 0
    volumes: Annotated[
        str,
        Meta(
            description="Further folders whose disks are watched for free space, as name=folder with "
            "commas between them, such as database=/var/lib/postgresql; folders that the program writes "
            "to are watched without that."
        ),
    ] = ""

    def folders(self) -> dict[str, Path]:
        """The folders of `volumes` by name.

        Raises:
            SettingsError: one is not name=folder.
        """
        found = {}
        for part in filter(None, (part.strip() for part in self.volumes.split(","))):
            name, _, folder = part.partition("=")
            if not name.strip() or not folder.strip():
                raise SettingsError(
                    f"metrics.volumes: {part!r} is not a volume; write it as database=/var/lib/postgresql"
                )
            found[name.strip()] = Path(folder.strip())
        return found


def read_secret(file: str, *, setting: str) -> str:
    """The secret in a file: its first line, without surrounding spaces.

    Args:
        file: its path.
        setting: the name of the setting with the path, for the error.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(
            f"{setting} {file} cannot be read ({why}); give the path of a file that can"
        ) from None
    return text.split("\n", 1)[0].strip()


def with_password(url: str, *, file: str, setting: str) -> str:
    """A URL with the password from a file.

    Args:
        url: contains the user.
        file: the secret's file; an empty one counts as none.
        setting: the common prefix of both settings' names, for the error.

    Raises:
        SettingsError: the file cannot be read, or the URL has no user for the password.
    """
    separator = "_" if "." in setting else "."
    password = read_secret(file, setting=f"{setting}{separator}password_file")
    if not password:
        return url
    parts = urlsplit(url)
    name, _, host = parts.netloc.rpartition("@")
    user = name.split(":", 1)[0]
    if not user:
        raise SettingsError(
            f"{setting}{separator}password_file is given, but {setting}{separator}url has no user; "
            "write postgresql://USER@host:5432/database"
        )
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))
