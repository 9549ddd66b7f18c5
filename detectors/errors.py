"""The one error of this package."""


class DetectorError(Exception):
    """A place, a setting or a picture that no detector can work with; the message says what to change."""
