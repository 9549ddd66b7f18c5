"""Errors in topics and payloads."""


class WireError(ValueError):
    """A topic or a payload breaks the contract; the text names the rule, and is fit for the quarantine."""


class TopicError(WireError):
    """The topic is not of the form `sw/1/{district}/{kind}/{id}/{stream}`; publish to one that is."""


class PayloadError(WireError):
    """The payload is not a message of its stream; the text names the field and the limit that it broke."""
