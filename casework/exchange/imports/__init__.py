"""Imports of lists that the city keeps elsewhere: components, units, and who is responsible for what."""

from casework.exchange.imports.importing import Imported, Refused, import_table
from casework.exchange.imports.sandbox import FORMATS, How, ImportFileError, Sheet, read_file
from casework.exchange.imports.tables import TABLES

__all__ = [
    "FORMATS",
    "TABLES",
    "How",
    "ImportFileError",
    "Imported",
    "Refused",
    "Sheet",
    "import_table",
    "read_file",
]
