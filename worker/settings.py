"""What can be set about the worker; `docs/settings.md` is made from here."""

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
    """Where everything is stored."""

    patience_s: Annotated[
        float, Meta(ge=1, le=3600, description="Seconds after which a silent database counts as gone.")
    ] = 30.0


_Days = Annotated[int, Meta(ge=0, le=36_500)]


class Storage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long what is kept; see docs/storage.md."""

    every_h: Annotated[
        float, Meta(ge=0, le=168, description="Hours between two rounds of maintenance; 0: never.")
    ] = 6.0
    database_url: Annotated[
        str,
        Meta(
            description="The database as maintenance uses it, with the role streetwarden_maintenance; empty: "
            "as the other jobs do, which must then be the tables' owner."
        ),
    ] = ""
    database_password_file: Annotated[
        str, Meta(description="A file whose first line is the password for `database_url`.")
    ] = ""
    position_days: Annotated[_Days, Meta(description="Days for which fixes are kept; 0: for ever.")] = 90
    telemetry_days: Annotated[_Days, Meta(description="Days for which readings are kept; 0: for ever.")] = 366
    event_days: Annotated[
        _Days, Meta(description="Days for which what rules found is kept; 0: for ever.")
    ] = 1096
    presence_days: Annotated[
        _Days, Meta(description='Days for which "who was here" can be asked; 0: for ever.')
    ] = 90
    quarantine_days: Annotated[
        _Days, Meta(description="Days for which refused messages are kept; 0: as long as there is room.")
    ] = 30
    orphan_evidence_h: Annotated[
        int,
        Meta(ge=0, le=87_600, description="Hours that evidence waits for its incident; 0: for ever."),
    ] = 72
    spare_file_days: Annotated[
        _Days,
        Meta(
            description="Days after which a file in object storage that belongs to no evidence is removed; "
            "0: never."
        ),
    ] = 7
    unpacked_days: Annotated[
        int,
        Meta(
            ge=-1,
            le=36_500,
            description="Days after which a day's fixes are put in order of entity and time on disk, so that "
            "history reads them faster; locks that day for the time. -1: never.",
        ),
    ] = 2
    hour_days: Annotated[
        _Days, Meta(description="Days for which positions by the hour are kept; 0: for ever.")
    ] = 0

    def full_url(self, own: str) -> str:
        """Where maintenance finds the database, with its password.

        Args:
            own: where the other jobs find it.

        Raises:
            SettingsError: the password file cannot be read.
        """
        if not self.database_url or not self.database_password_file:
            return self.database_url or own
        return with_password(self.database_url, file=self.database_password_file, setting="storage.database")


class Cases(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How time passes for cases."""

    folder: Annotated[
        str,
        Meta(
            description="A folder with a city's own case policy and code tables; the same as ingest's; empty "
            "for those shipped."
        ),
    ] = ""


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Proof that nobody has changed the record of cases."""

    roots_file: Annotated[
        str,
        Meta(
            description="A file to which a root over the record is appended each day; copy it to where the "
            "database's administrators cannot write, and hold the record against it with `streetwarden cases "
            "verify --roots`. Empty: none is made. Name it for one worker only."
        ),
    ] = ""


class Metrics(MetricsAddress, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `/metrics`, `/live`, `/ready` and `/health` are served."""

    port: Port = 9106


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    database: Database = Database()
    evidence: EvidenceStore = EvidenceStore()
    cases: Cases = Cases()
    record: Record = Record()
    storage: Storage = Storage()
    metrics: Metrics = Metrics()
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "text"
