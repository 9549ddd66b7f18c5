"""The settings of ingest; `docs/settings.md` is generated from this module."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from msgspec import Meta, Struct
from msgspec.structs import replace

from ingest.adapters.table import AnyAdapter
from ingest.authority import Source
from ingest.errors import IngestError
from ingest.rules.settings import AnyRule
from program.settings_parts import (
    BrokerLogin,
    DatabaseAddress,
    EvidenceStore,
    LogFormat,
    LogLevel,
    MetricsAddress,
    Port,
    read_secret,
)
from wire.topics import DISTRICT_PATTERN


class Broker(BrokerLogin, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The broker, and the account of ingest there."""

    client_id: Annotated[
        str,
        Meta(
            max_length=128,
            description="The client identifier of our MQTT session, under which the broker keeps "
            "unacknowledged messages. Empty: the same as `user`, as required by a broker that ties client "
            "identifiers to users. Set another one only if the broker's rules need it.",
        ),
    ] = ""
    districts: Annotated[
        tuple[Annotated[str, Meta(pattern=f"^{DISTRICT_PATTERN}$")], ...],
        Meta(
            max_length=200,
            description="The districts, six digits each, that this ingest serves; empty: all. Several "
            "ingests, each with districts and accounts of its own, share a broker and a database (ADR 0107).",
        ),
    ] = ()
    handover_s: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Seconds for which a starting ingest waits for another one with the same "
            "account to end, as in a rolling restart; then it ends with an error.",
        ),
    ] = 30.0
    session_expiry_s: Annotated[
        int,
        Meta(
            ge=0,
            le=4_294_967_294,
            description="Seconds for which the broker keeps our session while we are disconnected.",
        ),
    ] = 7 * 86_400
    receive_maximum: Annotated[
        int,
        Meta(
            ge=1,
            le=65_535,
            description="Unacknowledged messages that the broker may have sent to us; "
            "the maximum rate is this number divided by the commit latency.",
        ),
    ] = 20_000


class Monitor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account that reads the broker's own numbers (`$SYS`), over a separate connection."""

    user: Annotated[
        str,
        Meta(
            description="Its user name at the broker; not the same as `broker.user`. Without it, messages "
            "that the broker drops are not counted."
        ),
    ] = ""
    password: Annotated[str, Meta(description="Its password.")] = ""
    password_file: Annotated[
        str, Meta(description="A file whose first line is the password; overrides `password`.")
    ] = ""

    def secret(self) -> str | None:
        """The password, from the file or the setting.

        Raises:
            SettingsError: the password file cannot be read.
        """
        if not self.password_file:
            return self.password or None
        return read_secret(self.password_file, setting="monitor.password_file")


class Incidents(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The second session at the broker: incidents and evidence, with an account of their own."""

    user: Annotated[
        str,
        Meta(
            description="Its user name at the broker, such as center-incidents; not the same as "
            "`broker.user`. Required if `broker.user` is set."
        ),
    ] = ""
    password: Annotated[str, Meta(description="Its password at the broker.")] = ""
    password_file: Annotated[
        str,
        Meta(
            description="A file whose first line, without surrounding spaces, is the password; overrides "
            "`password`."
        ),
    ] = ""
    receive_maximum: Annotated[
        int,
        Meta(
            ge=1,
            le=65_535,
            description="Unacknowledged incidents and evidence that the broker may have sent to us.",
        ),
    ] = 100


class Database(DatabaseAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The database, which stores everything but evidence files."""

    patience_s: Annotated[
        float,
        Meta(ge=1, le=3600, description="Seconds after which a silent database counts as unreachable."),
    ] = 30.0


class Cases(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How incidents become cases."""

    folder: Annotated[
        str,
        Meta(
            description="A folder with the city's case policy and code tables; empty: those that come "
            "with Streetwarden."
        ),
    ] = ""
    flood_incidents: Annotated[
        int,
        Meta(
            ge=1,
            description="Incidents that one account may report within flood_within_s of each other; "
            "further ones are gathered in one case.",
        ),
    ] = 30
    flood_within_s: Annotated[
        float,
        Meta(gt=0, le=86_400, description="The period of flood_incidents, seconds, by times of observation."),
    ] = 600.0
    opened_a_day: Annotated[
        int,
        Meta(
            ge=1,
            description="Cases that one account may open within a day; further incidents are gathered in "
            "one case.",
        ),
    ] = 200


class Batches(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How messages are grouped into transactions."""

    messages: Annotated[
        int, Meta(ge=1, le=65_535, description="Maximum number of messages in one transaction.")
    ] = 5_000
    kib: Annotated[
        int,
        Meta(
            ge=1,
            description="Maximum size of the messages in one transaction, KiB; it bounds transactions "
            "with many arrays of fixes.",
        ),
    ] = 4096
    linger_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=10_000,
            description="Milliseconds that a transaction waits for more messages. Fewer transactions cost "
            "less processor time; the wait adds to the lag.",
        ),
    ] = 50
    in_flight: Annotated[
        int, Meta(ge=1, le=16, description="Transactions in progress at once, each on its own connection.")
    ] = 2
    inbox_messages: Annotated[
        int, Meta(ge=1, description="Received messages that may wait; more are left in the socket.")
    ] = 40_000
    inbox_mib: Annotated[
        int,
        Meta(
            ge=1, description="Size of the received messages that may wait, MiB; more are left in the socket."
        ),
    ] = 64


BATCHES_OF_INCIDENTS: Final = Batches(messages=50, linger_ms=0, in_flight=1)
"""For the session of incidents, where each message is a transaction: acknowledged in small portions."""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of times and fixes: beyond some a fix is flagged, beyond others it is refused."""

    future_s: Annotated[
        float,
        Meta(
            ge=0,
            description="Seconds ahead of our clock after which a time, on any stream, is flagged as future; "
            "such a message never becomes the latest.",
        ),
    ] = 60.0
    far_future_s: Annotated[
        float,
        Meta(
            ge=0,
            description="Seconds ahead of our clock after which a message, or an item of it, is quarantined.",
        ),
    ] = 86_400.0
    old_s: Annotated[
        float,
        Meta(
            ge=0,
            description="Seconds behind our clock after which a fix is flagged as too old, and a foreign "
            "message no longer means that its sender is online.",
        ),
    ] = 86_400.0
    oldest_days: Annotated[
        int,
        Meta(
            ge=1, description="Days behind our clock after which a message, or an item of it, is quarantined."
        ),
    ] = 366
    accuracy_m: Annotated[
        float,
        Meta(gt=0, description="Accuracy (radius, metres) above which a fix is flagged as of poor accuracy."),
    ] = 200.0
    fastest_mps: Annotated[
        float,
        Meta(
            gt=0, description="Speed between two fixes (metres per second) above which the second is flagged."
        ),
    ] = 70.0
    slack_m: Annotated[
        float,
        Meta(
            ge=0,
            description="Distance (metres) between two fixes that is accepted whatever the time "
            "between them.",
        ),
    ] = 100.0


class Quarantine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many refused messages are kept."""

    rows: Annotated[
        int,
        Meta(
            ge=1,
            description="Maximum number of refused messages, without those that failed by a defect in "
            "ingest; those seen longest ago are deleted first.",
        ),
    ] = 10_000
    payload_bytes: Annotated[
        int,
        Meta(
            ge=0,
            le=1_048_576,
            description="Bytes kept of each refused payload; after a defect in ingest the whole payload "
            "is kept.",
        ),
    ] = 2_048
    defects_mib: Annotated[
        int,
        Meta(
            ge=1,
            le=65_536,
            description="MiB kept of messages that failed by a defect in ingest, in addition to the other "
            "rows; those seen longest ago are deleted first.",
        ),
    ] = 256


class Defects(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to stop: how many of the newest 10,000 messages of a session may fail by a defect in ingest."""

    share: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="Share of messages that may fail, 0 to 1; above it ingest stops reading and "
            "acknowledging.",
        ),
    ] = 0.01
    least: Annotated[
        int, Meta(ge=0, description="Number of messages that may fail in any case, however few there were.")
    ] = 20


class Quota(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much one device may store; see docs/storage.md. Messages beyond it are quarantined as `quota`."""

    rows_per_s: Annotated[
        float,
        Meta(
            ge=0,
            description="Fixes, readings and other rows that one device may store a second, once its burst "
            "is used up; 0: unlimited.",
        ),
    ] = 5.0
    burst_rows: Annotated[
        int,
        Meta(
            ge=1_000,
            description="Rows that one device may store at once, for the time that it was offline. Two "
            "days at one a second fit into the default.",
        ),
    ] = 200_000
    evidence_bytes_per_s: Annotated[
        float,
        Meta(
            ge=0,
            description="Bytes of pictures and clips of incidents that one account may store a second, once "
            "its burst is used up; 0: unlimited.",
        ),
    ] = 20_000.0
    evidence_burst_mib: Annotated[
        int,
        Meta(
            ge=16,
            description="MiB of pictures and clips at once; the default is twice the default size of a "
            "box's outbox.",
        ),
    ] = 1024
    ids: Annotated[
        int,
        Meta(ge=1, description="Maximum number of devices on our own topics; others are refused."),
    ] = 500_000
    foreign_ids: Annotated[
        int,
        Meta(ge=1, description="Maximum number of devices from adapters, whose ids the messages may invent."),
    ] = 50_000


class Metrics(MetricsAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address of `/metrics`, `/live`, `/ready` and `/health`."""

    port: Port = 9102
    stalled_s: Annotated[
        float,
        Meta(
            gt=0,
            le=86_400,
            description="Seconds without a decided fate, while messages are in flight, after which "
            "`/health` reports that ingest is stalled.",
        ),
    ] = 30.0


MOVED: Final = {"storage": "the worker's settings (worker.toml, or STREETWARDEN_WORKER_STORAGE_* variables)"}
"""Sections of earlier releases, and where each one is now."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of ingest."""

    broker: Broker = Broker()
    incidents: Incidents = Incidents()
    monitor: Monitor = Monitor()
    database: Database = Database()
    evidence: EvidenceStore = EvidenceStore()
    cases: Cases = Cases()
    batches: Batches = Batches()
    limits: Limits = Limits()
    quarantine: Quarantine = Quarantine()
    defects: Defects = Defects()
    quota: Quota = Quota()
    metrics: Metrics = Metrics()
    adapters: Annotated[
        tuple[AnyAdapter, ...],
        Meta(
            max_length=100,
            description="Foreign devices: one table for each kind of foreign topic; see docs/adapters.md.",
        ),
    ] = ()
    sources: Annotated[
        tuple[Source, ...],
        Meta(
            max_length=10_000,
            description="Who may report for which camera, and what: one table for each account or "
            "pattern; see docs/authority.md.",
        ),
    ] = ()
    rules: Annotated[
        tuple[AnyRule, ...],
        Meta(max_length=1000, description="The rules: one table for each; see docs/rules.md."),
    ] = ()
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"


def login_of_incidents(settings: Settings) -> Broker:
    """Broker and account of the second session.

    Raises:
        IngestError: the second session has no account of its own.
    """
    broker, own = settings.broker, settings.incidents
    first = broker.user or urlsplit(broker.url).username or ""
    if first and own.user in {"", first}:
        raise IngestError(
            f"incidents and evidence need an account of their own in addition to {first}; add the user "
            "center-incidents to the broker (it reads sw/1/+/+/+/incident and sw/1/+/+/+/evidence, and "
            "writes sw/1/+/+/+/receipt), and name it in STREETWARDEN_INGEST_INCIDENTS_USER and "
            "STREETWARDEN_INGEST_INCIDENTS_PASSWORD (or _PASSWORD_FILE)"
        )
    return replace(
        broker,
        client_id=f"{broker.client_id}-incidents" if broker.client_id else "",
        user=own.user,
        password=own.password,
        password_file=own.password_file,
        receive_maximum=own.receive_maximum,
    )
