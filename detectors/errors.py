"""The one error of this package."""


class DetectorError(Exception):
    """A detector cannot work with a place, a setting or a picture; the message says what to change."""
