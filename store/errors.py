"""Errors of the database and of evidence storage, each as one sentence for the operator of the system."""

from program.errors import ProgramError


class StoreError(ProgramError):
    """The database or evidence storage cannot be used; the text says why, and what to do."""


class DatabaseUnreachableError(StoreError):
    """No connection to the database; start it, or correct its address. Trying again may help."""


class UnsuitableServerError(StoreError):
    """The server is too old, or an extension is missing; the text names what to install or to set."""


class SchemaError(StoreError):
    """The database is newer, was changed, or belongs to another program; it must not be touched."""


class SchemaBehindError(SchemaError):
    """The database is older than the program; run `streetwarden db migrate`."""


class EvidenceError(StoreError):
    """A file of evidence cannot be written or read; the text names the file and the storage."""


class MissingEvidenceError(EvidenceError):
    """The file is not in the storage."""


class DamagedEvidenceError(EvidenceError):
    """The file's contents do not match its digest: damaged or overwritten. Restore it from a backup."""


class PeopleError(StoreError):
    """An account, person, post, department or duty is unknown or invalid; the text says why."""


class LastAdministratorError(PeopleError):
    """Nobody could administer people any more."""


class StaleRightsError(StoreError):
    """The table of rights was changed by somebody else since it was read."""
