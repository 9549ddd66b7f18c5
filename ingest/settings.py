"""What can be set about ingest; `docs/settings.md` is made from here."""

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
    """Where the messages come from, and who we are to the broker."""

    client_id: Annotated[
        str,
        Meta(
            max_length=128,
            description="The name of our session at the broker, which keeps unacknowledged messages under "
            "it. Empty: as `user`, which is what a broker that ties client ids to users makes of it in any "
            "case. Another name only where a broker's own rules ask for it.",
        ),
    ] = ""
    districts: Annotated[
        tuple[Annotated[str, Meta(pattern=f"^{DISTRICT_PATTERN}$")], ...],
        Meta(
            max_length=200,
            description="The districts, six digits each, that this ingest serves; none: all. Several "
            "ingests, each with districts and accounts of its own, share a broker and a database (ADR 0107).",
        ),
    ] = ()
    handover_s: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Seconds for which a starting ingest waits for another one that uses the same "
            "account to end, as in a rolling restart; then it ends itself.",
        ),
    ] = 30.0
    session_expiry_s: Annotated[
        int,
        Meta(
            ge=0, le=4_294_967_294, description="Seconds for which the broker keeps our session while away."
        ),
    ] = 7 * 86_400
    receive_maximum: Annotated[
        int,
        Meta(
            ge=1,
            le=65_535,
            description="Messages the broker may have on the way to us unacknowledged; "
            "the greatest rate is this divided by the commit latency.",
        ),
    ] = 20_000


class Monitor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account that hears what the broker says of itself (`$SYS`), over a connection of its own."""

    user: Annotated[
        str,
        Meta(
            description="Its user name at the broker, which must not be `broker.user`. Without one nobody "
            "sees what the broker drops."
        ),
    ] = ""
    password: Annotated[str, Meta(description="Its password.")] = ""
    password_file: Annotated[
        str, Meta(description="A file whose first line is the password; goes before `password`.")
    ] = ""

    def secret(self) -> str | None:
        """The password, wherever it stands.

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
            description="Its user name at the broker, such as center-incidents; not that of `broker.user`. "
            "Needed wherever `broker.user` is."
        ),
    ] = ""
    password: Annotated[str, Meta(description="Its password at the broker.")] = ""
    password_file: Annotated[
        str,
        Meta(
            description="A file whose first line, without spaces around it, is the password; goes before "
            "`password`."
        ),
    ] = ""
    receive_maximum: Annotated[
        int,
        Meta(
            ge=1,
            le=65_535,
            description="Incidents and pieces of evidence that the broker may have on the way to us "
            "unacknowledged.",
        ),
    ] = 100


class Database(DatabaseAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where everything is stored."""

    patience_s: Annotated[
        float,
        Meta(ge=1, le=3600, description="Seconds after which a silent database counts as gone."),
    ] = 30.0


class Cases(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How incidents become cases."""

    folder: Annotated[
        str,
        Meta(description="A folder with a city's own case policy and code tables; empty for those shipped."),
    ] = ""
    flood_incidents: Annotated[
        int,
        Meta(
            ge=1,
            description="Incidents that one account may report within flood_within_s of each other; more are "
            "gathered in one case.",
        ),
    ] = 30
    flood_within_s: Annotated[
        float, Meta(gt=0, le=86_400, description="Seconds, by the times at which they were observed.")
    ] = 600.0
    opened_a_day: Annotated[
        int,
        Meta(
            ge=1, description="Cases that one account may open within a day; further incidents are gathered."
        ),
    ] = 200


class Batches(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How messages are gathered into transactions."""

    messages: Annotated[int, Meta(ge=1, le=65_535, description="Messages in one transaction at most.")] = (
        5_000
    )
    kib: Annotated[
        int,
        Meta(
            ge=1,
            description="KiB of received messages in one transaction at most, so that arrays of fixes make "
            "no huge ones.",
        ),
    ] = 4096
    linger_ms: Annotated[
        int,
        Meta(
            ge=0,
            le=10_000,
            description="Milliseconds that a transaction waits for more messages. Fewer transactions cost "
            "less; this is what it adds to the lag.",
        ),
    ] = 50
    in_flight: Annotated[
        int, Meta(ge=1, le=16, description="Transactions under way at once, each on its own connection.")
    ] = 2
    inbox_messages: Annotated[
        int, Meta(ge=1, description="Received messages that may wait; more are left in the socket.")
    ] = 40_000
    inbox_mib: Annotated[
        int, Meta(ge=1, description="MiB of received messages that may wait; more are left in the socket.")
    ] = 64


BATCHES_OF_INCIDENTS: Final = Batches(messages=50, linger_ms=0, in_flight=1)
"""Of the session of incidents, each of which is a transaction of its own: acknowledged in small portions."""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is doubtful about a fix, which times are, and what is too wrong to store."""

    future_s: Annotated[
        float,
        Meta(
            ge=0,
            description="Seconds ahead of our clock after which a time, on any stream, is marked as future "
            "and moves nothing that is the latest.",
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
            "message does not say that its sender is online.",
        ),
    ] = 86_400.0
    oldest_days: Annotated[
        int,
        Meta(
            ge=1, description="Days behind our clock after which a message, or an item of it, is quarantined."
        ),
    ] = 366
    accuracy_m: Annotated[
        float, Meta(gt=0, description="Radius in metres above which a fix is flagged as of poor accuracy.")
    ] = 200.0
    fastest_mps: Annotated[
        float, Meta(gt=0, description="Metres per second between two fixes that nothing on a street reaches.")
    ] = 70.0
    slack_m: Annotated[
        float, Meta(ge=0, description="Metres that two fixes may lie apart whatever the time between them.")
    ] = 100.0


class Quarantine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of what was refused is kept."""

    rows: Annotated[
        int,
        Meta(
            ge=1,
            description="Refused messages kept at most, without those that failed by a defect of ours; the "
            "longest unseen go first.",
        ),
    ] = 10_000
    payload_bytes: Annotated[
        int,
        Meta(
            ge=0,
            le=1_048_576,
            description="Bytes kept of each refused payload at most; of what failed by a defect of ours all.",
        ),
    ] = 2_048
    defects_mib: Annotated[
        int,
        Meta(
            ge=1,
            le=65_536,
            description="MiB kept at most of what failed by a defect of ours, beside the other rows; the "
            "longest unseen go first.",
        ),
    ] = 256


class Defects(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to stop: how many messages may fail by a defect of ours among the newest 10,000 of a session."""

    share: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="Share of messages that may fail; past it ingest stops reading and acknowledging.",
        ),
    ] = 0.01
    least: Annotated[
        int, Meta(ge=0, description="So many may fail in any case, however few messages there were.")
    ] = 20


class Quota(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much one device may store; see docs/storage.md. What is beyond is quarantined as `quota`."""

    rows_per_s: Annotated[
        float,
        Meta(
            ge=0,
            description="Fixes, readings and other rows that one device may store a second, once its burst "
            "is used up; 0: any number.",
        ),
    ] = 5.0
    burst_rows: Annotated[
        int,
        Meta(
            ge=1_000,
            description="Rows that one device may store at once: what it kept while it had no network. Two "
            "days of one a second fit into the default.",
        ),
    ] = 200_000
    evidence_bytes_per_s: Annotated[
        float,
        Meta(
            ge=0,
            description="Bytes of pictures and clips of incidents that one account may store a second, once "
            "its burst is used up; 0: any number.",
        ),
    ] = 20_000.0
    evidence_burst_mib: Annotated[
        int,
        Meta(ge=16, description="MiB of them at once: twice what the outbox of a box holds by default."),
    ] = 1024
    ids: Annotated[
        int,
        Meta(ge=1, description="Devices on our own topics that ingest knows at most; others are refused."),
    ] = 500_000
    foreign_ids: Annotated[
        int,
        Meta(ge=1, description="Likewise for those that adapters speak for, whose ids messages may make up."),
    ] = 50_000


class Metrics(MetricsAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `/metrics`, `/live`, `/ready` and `/health` are served."""

    port: Port = 9102
    stalled_s: Annotated[
        float,
        Meta(
            gt=0,
            le=86_400,
            description="Seconds for which messages may be in flight without that one meets its fate; then "
            "`/health` says that ingest is stalled.",
        ),
    ] = 30.0


MOVED: Final = {"storage": "the worker's settings (worker.toml, or STREETWARDEN_WORKER_STORAGE_* variables)"}
"""Sections of earlier releases, and where each belongs now."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

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
            description="Foreign devices, one table for each kind of foreign topic; see docs/adapters.md.",
        ),
    ] = ()
    sources: Annotated[
        tuple[Source, ...],
        Meta(
            max_length=10_000,
            description="Who may speak for which camera and report what, one table for each account or "
            "pattern; see docs/authority.md.",
        ),
    ] = ()
    rules: Annotated[
        tuple[AnyRule, ...],
        Meta(max_length=1000, description="What to watch for, one table for each rule; see docs/rules.md."),
    ] = ()
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"


def login_of_incidents(settings: Settings) -> Broker:
    """Broker and account of the second session.

    Raises:
        IngestError: it has no account of its own.
    """
    broker, own = settings.broker, settings.incidents
    first = broker.user or urlsplit(broker.url).username or ""
    if first and own.user in {"", first}:
        raise IngestError(
            f"incidents and evidence need an account of their own beside {first}; add the user "
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
