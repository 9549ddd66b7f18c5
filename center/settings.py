"""What can be set about the center; `docs/settings.md` is made from here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from program.settings_parts import DatabaseAddress, EvidenceStore, LogFormat, LogLevel, MetricsAddress, Port
from program.tls_server import ServerTls


class Web(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where browsers find us."""

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
        Meta(
            description="Its private key (PEM, without a passphrase); empty where it stands in the same file."
        ),
    ] = ""
    trusted_proxies: Annotated[
        str,
        Meta(
            description="Addresses of reverse proxies, with commas between them, whose X-Forwarded-For and "
            "X-Forwarded-Proto are believed; empty for none."
        ),
    ] = ""
    origins: Annotated[
        str,
        Meta(
            description="Further addresses under which browsers know us, such as https://city.example, with "
            "commas between them; needed where a proxy changes the Host header."
        ),
    ] = ""
    hosts: Annotated[
        str,
        Meta(
            description="Host names under which browsers ask for us, such as city.example, with commas "
            "between them. Those of `origins`, this machine's own name, localhost and addresses in "
            "digits need not be named; `*` allows every name, and DNS rebinding with it."
        ),
    ] = ""
    request_s: Annotated[
        float,
        Meta(
            gt=0,
            le=600,
            description="Seconds for a whole request, head and body; a connection that takes longer, or says "
            "nothing for so long, is closed.",
        ),
    ] = 20.0
    upload_s: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="Seconds for a whole request with files, once it is known who sends it.",
        ),
    ] = 120.0
    uploads: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="Requests with files at once at most, of which an account has two; each takes up to "
            "50 MiB of the folder for temporary files.",
        ),
    ] = 8
    connections: Annotated[
        int, Meta(ge=1, le=100_000, description="Connections at once at most, live feeds included.")
    ] = 2000
    connections_per_client: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            description="Of these, from one IPv4 address or one IPv6 network of 64 bits; an office behind "
            "one address has some seven a person. Does not count for `trusted_proxies`.",
        ),
    ] = 1000

    def tls(self) -> ServerTls | None:
        """Our certificate, None to serve HTTP; the files have been tried.

        Raises:
            ProgramError: a file cannot be used, or a key is given alone.
        """
        if not self.tls_certificate and not self.tls_key:
            return None
        return ServerTls(
            certificate=("web.tls_certificate", self.tls_certificate), key=("web.tls_key", self.tls_key)
        )


class Database(DatabaseAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where everything is stored."""

    connections: Annotated[
        int, Meta(ge=1, le=100, description="Connections that requests share; the live feed has its own.")
    ] = 8
    patience_s: Annotated[
        float, Meta(gt=0, le=600, description="Seconds after which a silent database counts as gone.")
    ] = 10.0


class Cases(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What cases are called, and who can handle them."""

    folder: Annotated[
        str,
        Meta(
            description="A folder with a city's own case policy and code tables; the same as ingest's; empty "
            "for those shipped."
        ),
    ] = ""


class Console(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The web console."""

    folder: Annotated[
        str, Meta(description="The folder of the built console; empty for center/console/dist.")
    ] = ""


class Session(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Signing on."""

    hours: Annotated[float, Meta(gt=0, le=720, description="Hours after which one must sign on again.")] = (
        12.0
    )
    idle_minutes: Annotated[
        float,
        Meta(
            gt=0,
            le=43_200,
            description="Minutes without use after which one must do so before. Looking on is no use: "
            "neither the live feed nor what a page loads by itself keeps a session. For a wall of screens "
            "that nobody touches give as much as `hours`.",
        ),
    ] = 60.0
    failures: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="Wrong passwords for one login from one client before there is a wait; it doubles "
            "with each further one. A browser that has signed on with the login before is counted by itself, "
            "all others together: 4 times as many for a login from everywhere, 10 times for a client.",
        ),
    ] = 5
    longest_wait_s: Annotated[float, Meta(gt=0, le=86_400, description="Seconds of that wait at most.")] = (
        900.0
    )


class Live(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The live feed."""

    read_s: Annotated[
        float, Meta(gt=0, le=60, description="Seconds between two looks at what has moved.")
    ] = 1.0
    send_s: Annotated[
        float, Meta(gt=0, le=60, description="Seconds between two deltas to the same browser, at least.")
    ] = 0.5
    gone_s: Annotated[
        float,
        Meta(gt=0, le=86_400, description="Seconds without a fix after which something leaves the map."),
    ] = 300.0
    slow_s: Annotated[
        float,
        Meta(
            ge=1,
            le=3600,
            description="Seconds for which a browser may take nothing of what it is sent; then it is cut "
            "off, and begins anew.",
        ),
    ] = 60.0
    browsers: Annotated[int, Meta(ge=1, le=100_000, description="Live feeds at once at most.")] = 500
    per_session: Annotated[
        int, Meta(ge=1, le=100_000, description="Of these, of one session: the windows of one browser.")
    ] = 10
    per_account: Annotated[
        int, Meta(ge=1, le=100_000, description="Of these, of all sessions of one account.")
    ] = 100


class Metrics(MetricsAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `/metrics`, `/live`, `/ready` and `/health` are served."""

    port: Port = 9104


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    web: Web = Web()
    database: Database = Database()
    evidence: EvidenceStore = EvidenceStore()
    cases: Cases = Cases()
    console: Console = Console()
    session: Session = Session()
    live: Live = Live()
    metrics: Metrics = Metrics()
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"
