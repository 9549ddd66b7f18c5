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
