"""What can be wrong with the database or the object storage, each as one sentence for whoever runs it."""

from program.errors import ProgramError


class StoreError(ProgramError):
    """The database or the object storage cannot be used; the text says what is wrong and what to do."""


class DatabaseUnreachableError(StoreError):
    """No connection to the database; start it, or correct its address. Worth trying again."""


class UnsuitableServerError(StoreError):
    """The server is too old, or an extension is missing; the text names what to install or to set."""


class SchemaError(StoreError):
    """The database holds something that this program must not touch: newer, changed, or somebody else's."""


class SchemaBehindError(SchemaError):
    """The database is older than the program; run `streetwarden db migrate`."""


class EvidenceError(StoreError):
    """A file of evidence cannot be written or read; the text names the file and the storage."""


class MissingEvidenceError(EvidenceError):
    """There is no such file in the storage."""


class DamagedEvidenceError(EvidenceError):
    """The file is not what its digest says: damaged or overwritten. Put it back from a backup."""


class PeopleError(StoreError):
    """An account, person, post, department or duty is unknown or cannot be so; the text says why."""


class LastAdministratorError(PeopleError):
    """Nobody would be left who can administer people."""


class StaleRightsError(StoreError):
    """Somebody else has changed the table of rights since it was read."""
