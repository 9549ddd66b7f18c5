"""What can be wrong with something that came over the wire."""


class WireError(ValueError):
    """A topic or a payload breaks the contract; the text names the rule, fit for a quarantine row."""


class TopicError(WireError):
    """The topic is not of the form `sw/1/{district}/{kind}/{id}/{stream}`; publish to one that is."""


class PayloadError(WireError):
    """The payload is not the message its topic promises; the text names the field and the limit it broke."""
