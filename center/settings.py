"""The settings of the center; `docs/settings.md` is generated from this module."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from program.settings_parts import (
    BrokerLogin,
    DatabaseAddress,
    EvidenceStore,
    LogFormat,
    LogLevel,
    MetricsAddress,
    Port,
)
from program.tls_server import ServerTls


class Web(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The web server, as browsers reach it."""

    address: Annotated[str, Meta(description="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1"
    port: Port = 8480
    tls_certificate: Annotated[
        str,
        Meta(
            description="Our certificate (PEM), with its chain, to serve HTTPS without a reverse proxy; "
            "empty for HTTP. Certificate and key are read again when they change, within half a minute."
        ),
    ] = ""
    tls_key: Annotated[
        str,
        Meta(description="Its private key (PEM, without a passphrase); empty if it is in the same file."),
    ] = ""
    trusted_proxies: Annotated[
        str,
        Meta(
            description="Addresses of reverse proxies, with commas between them, whose X-Forwarded-For and "
            "X-Forwarded-Proto are trusted; empty for none."
        ),
    ] = ""
    origins: Annotated[
        str,
        Meta(
            description="Further origins under which browsers reach the center, such as "
            "https://city.example, with commas between them; needed if a proxy changes the Host header."
        ),
    ] = ""
    hosts: Annotated[
        str,
        Meta(
            description="Host names under which browsers reach the center, such as city.example, with commas "
            "between them. Those of `origins`, this machine's own name, localhost and IP addresses "
            "are always allowed; `*` allows every name, and with it DNS rebinding."
        ),
    ] = ""
    request_s: Annotated[
        float,
        Meta(
            gt=0,
            le=600,
            description="Seconds for a whole request, head and body; a connection that takes longer, or is "
            "silent for that long, is closed.",
        ),
    ] = 20.0
    upload_s: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="Seconds for a whole request with files, once the sender is known.",
        ),
    ] = 120.0
    uploads: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="Maximum number of requests with files at once; an account may have two. Each "
            "takes up to 50 MiB of the folder for temporary files.",
        ),
    ] = 8
    connections: Annotated[
        int, Meta(ge=1, le=100_000, description="Maximum number of connections, live feeds included.")
    ] = 2000
    connections_per_client: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Maximum number from one IPv4 address or one IPv6 network of 64 bits; an office "
            "behind one address has some seven a person. `trusted_proxies` have no such limit.",
        ),
    ] = 1000

    def tls(self) -> ServerTls | None:
        """Our certificate, None to serve HTTP; its files are loaded.

        Raises:
            ProgramError: a file cannot be used, or a key is given alone.
        """
        if not self.tls_certificate and not self.tls_key:
            return None
        return ServerTls(
            certificate=("web.tls_certificate", self.tls_certificate), key=("web.tls_key", self.tls_key)
        )


class Database(DatabaseAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The database, which stores everything but evidence files."""

    connections: Annotated[
        int, Meta(ge=1, le=100, description="Connections that requests share; the live feed has its own.")
    ] = 8
    patience_s: Annotated[
        float, Meta(gt=0, le=600, description="Seconds after which a silent database counts as unreachable.")
    ] = 10.0


class Cases(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The case policy: titles of cases, departments, limits."""

    folder: Annotated[
        str,
        Meta(
            description="A folder with the city's case policy and code tables, the same as ingest's; empty: "
            "those that come with Streetwarden."
        ),
    ] = ""


class Console(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The web console."""

    folder: Annotated[
        str, Meta(description="The folder of the built console; empty for center/console/dist.")
    ] = ""


class Session(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Signing on."""

    hours: Annotated[float, Meta(gt=0, le=720, description="Hours after which a session ends.")] = 12.0
    idle_minutes: Annotated[
        float,
        Meta(
            gt=0,
            le=43_200,
            description="Minutes without use after which a session ends earlier. Watching is not use: "
            "neither the live feed nor requests that a page makes automatically count. For a video wall "
            "that nobody touches, set the same as `hours`.",
        ),
    ] = 60.0
    failures: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="Wrong passwords for one login from one client before there is a wait; it doubles "
            "with each further one. A browser that has signed on with the login before is counted "
            "separately, all others together: 4 times as many for a login from everywhere, 10 times for a "
            "client.",
        ),
    ] = 5
    longest_wait_s: Annotated[float, Meta(gt=0, le=86_400, description="Longest wait, seconds.")] = 900.0


class Live(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The live feed."""

    read_s: Annotated[
        float, Meta(gt=0, le=60, description="Seconds between two polls of moved entities.")
    ] = 1.0
    send_s: Annotated[
        float, Meta(gt=0, le=60, description="Minimum seconds between two deltas to the same browser.")
    ] = 0.5
    gone_s: Annotated[
        float,
        Meta(gt=0, le=86_400, description="Seconds without a fix after which an entity leaves the map."),
    ] = 300.0
    slow_s: Annotated[
        float,
        Meta(
            ge=1,
            le=3600,
            description="Seconds for which a browser may not read its messages before it is cut "
            "off and has to connect again.",
        ),
    ] = 60.0
    browsers: Annotated[int, Meta(ge=1, le=100_000, description="Maximum number of live feeds.")] = 500
    per_session: Annotated[
        int, Meta(ge=1, le=100_000, description="Maximum number for one session: the windows of one browser.")
    ] = 10
    per_account: Annotated[
        int, Meta(ge=1, le=100_000, description="Maximum number for all sessions of one account.")
    ] = 100


class Public(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the public reaches without an account; nothing unless it is switched on."""

    open311: Annotated[
        bool,
        Meta(description="Serve GeoReport v2 (Open311) at /open311/v2; see docs/open311.md."),
    ] = False
    page: Annotated[
        bool,
        Meta(description="Serve the public page, where citizens report and follow problems, at /public."),
    ] = False
    url: Annotated[
        str,
        Meta(
            description="The address under which the public reaches the center, such as "
            "https://city.example; empty: as each request names it."
        ),
    ] = ""
    jurisdiction: Annotated[
        str,
        Meta(
            description="The city's jurisdiction_id, such as city.example; requests with another one are "
            "refused. Empty: every one is accepted."
        ),
    ] = ""
    contact: Annotated[
        str, Meta(description="Whom to ask about this service, for its discovery document.")
    ] = ""
    key_service: Annotated[str, Meta(description="How to get an API key, for the discovery document.")] = ""
    requests_per_minute: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Maximum number of requests of one IPv4 address, or IPv6 network of 64 bits, in a "
            "minute.",
        ),
    ] = 120
    reports_per_address: Annotated[
        int,
        Meta(ge=1, le=10_000, description="Maximum number of reports of one address on the page in an hour."),
    ] = 10
    reports_per_hour: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Maximum number of reports on the page in an hour, of everybody, for each center.",
        ),
    ] = 200


class Phones(BrokerLogin, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Positions of staff phones: the broker that they are published to, and the center's account there."""

    section: ClassVar[str] = "phones"
    user: Annotated[
        str,
        Meta(
            description="Our user name at the broker, such as center-phones, which may write positions of "
            "persons and nothing else; empty: the center takes no positions. Several centers may share it."
        ),
    ] = ""
    every_s: Annotated[
        float,
        Meta(ge=1, le=3600, description="Seconds between two reports of a phone while its page is open."),
    ] = 20.0


class Metrics(MetricsAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address of `/metrics`, `/live`, `/ready` and `/health`."""

    port: Port = 9104


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of the center."""

    web: Web = Web()
    database: Database = Database()
    evidence: EvidenceStore = EvidenceStore()
    cases: Cases = Cases()
    console: Console = Console()
    session: Session = Session()
    live: Live = Live()
    public: Public = Public()
    phones: Phones = Phones()
    metrics: Metrics = Metrics()
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"
