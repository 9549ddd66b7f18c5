"""The settings of the worker; `docs/settings.md` is generated from this module."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from program.settings_parts import (
    DatabaseAddress,
    EvidenceStore,
    LogFormat,
    LogLevel,
    MetricsAddress,
    Port,
    with_password,
)


class Database(DatabaseAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The database, which stores everything but evidence files."""

    patience_s: Annotated[
        float, Meta(ge=1, le=3600, description="Seconds after which a silent database counts as unreachable.")
    ] = 30.0


_Days = Annotated[int, Meta(ge=0, le=36_500)]


class Storage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long rows are kept; see docs/storage.md."""

    every_h: Annotated[
        float, Meta(ge=0, le=168, description="Hours between two rounds of maintenance; 0: never.")
    ] = 6.0
    database_url: Annotated[
        str,
        Meta(
            description="The database URL for maintenance, with the role streetwarden_maintenance; empty: "
            "the same as for other jobs, whose role must then own the tables."
        ),
    ] = ""
    database_password_file: Annotated[
        str, Meta(description="A file whose first line is the password for `database_url`.")
    ] = ""
    position_days: Annotated[_Days, Meta(description="Days for which fixes are kept; 0: for ever.")] = 90
    telemetry_days: Annotated[_Days, Meta(description="Days for which readings are kept; 0: for ever.")] = 366
    event_days: Annotated[_Days, Meta(description="Days for which rule events are kept; 0: for ever.")] = 1096
    presence_days: Annotated[
        _Days, Meta(description='Days for which "who was here" can be queried; 0: for ever.')
    ] = 90
    quarantine_days: Annotated[
        _Days, Meta(description="Days for which refused messages are kept; 0: until the quarantine is full.")
    ] = 30
    orphan_evidence_h: Annotated[
        int,
        Meta(ge=0, le=87_600, description="Hours that evidence waits for its incident; 0: for ever."),
    ] = 72
    spare_file_days: Annotated[
        _Days,
        Meta(
            description="Days after which a file in evidence storage that belongs to no evidence is removed; "
            "0: never."
        ),
    ] = 7
    unpacked_days: Annotated[
        int,
        Meta(
            ge=-1,
            le=36_500,
            description="Days after which a day's fixes are sorted by entity and time on disk, which makes "
            "history faster; that day is locked meanwhile. -1: never.",
        ),
    ] = 2
    hour_days: Annotated[
        _Days, Meta(description="Days for which positions by the hour are kept; 0: for ever.")
    ] = 0

    def full_url(self, own: str) -> str:
        """The URL for maintenance, with its password.

        Args:
            own: the URL for other jobs.

        Raises:
            SettingsError: the password file cannot be read.
        """
        if not self.database_url or not self.database_password_file:
            return self.database_url or own
        return with_password(self.database_url, file=self.database_password_file, setting="storage.database")


class Cases(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The policy of the clocks of cases."""

    folder: Annotated[
        str,
        Meta(
            description="A folder with the city's case policy and code tables, the same as ingest's; empty: "
            "those that come with Streetwarden."
        ),
    ] = ""


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Proof that the case record was not changed."""

    roots_file: Annotated[
        str,
        Meta(
            description="A file to which a root hash of the case record is appended each day. Copy it to "
            "a place where the database's administrators cannot write, and compare the record with it by "
            "`streetwarden cases verify --roots`. Empty: none. Set it for one worker only."
        ),
    ] = ""


class Export(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The daily export of cases and events; see docs/exchange.md."""

    url: Annotated[
        str,
        Meta(
            description="Where a folder for each day is written: a path, file:///folder or "
            "s3://bucket/prefix. Empty: nowhere. Set it for one worker only."
        ),
    ] = ""
    formats: Annotated[
        str, Meta(description="Formats of the files, separated by commas: csv, geojson, xlsx.")
    ] = "csv"

    def chosen(self) -> tuple[str, ...]:
        """The formats."""
        return tuple(part.strip() for part in self.formats.split(",") if part.strip())


class Webhooks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Delivery to the subscriptions of other systems; see docs/exchange.md."""

    networks: Annotated[
        str,
        Meta(
            description="Networks with receivers, in addition to public addresses, such as 10.20.0.0/16; "
            "separated by commas. Only to these is a URL with http possible."
        ),
    ] = ""
    timeout_s: Annotated[
        float, Meta(ge=0.1, le=15, description="Seconds in which a receiver must answer.")
    ] = 10.0
    attempts: Annotated[
        int,
        Meta(
            ge=1,
            le=100,
            description="Attempts after which a change that cannot be delivered is a dead letter. Pauses "
            "grow from 5 s to an hour; 12 attempts take about 2.5 hours.",
        ),
    ] = 12
    ca_file: Annotated[
        str,
        Meta(
            description="Certificates of authorities (PEM) for receivers whose authority the system does "
            "not know; empty: none."
        ),
    ] = ""


class Notices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages about notices; see docs/notices.md."""

    channels_file: Annotated[
        str,
        Meta(
            description="A file (TOML) with the address of each channel, as a URL of Apprise; it contains "
            "secrets. Empty: no messages are sent. It is read at the start."
        ),
    ] = ""


class Metrics(MetricsAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address of `/metrics`, `/live`, `/ready` and `/health`."""

    port: Port = 9106


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of the worker."""

    database: Database = Database()
    evidence: EvidenceStore = EvidenceStore()
    cases: Cases = Cases()
    record: Record = Record()
    storage: Storage = Storage()
    notices: Notices = Notices()
    webhooks: Webhooks = Webhooks()
    export: Export = Export()
    metrics: Metrics = Metrics()
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"
