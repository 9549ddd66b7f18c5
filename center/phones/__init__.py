"""Positions of staff phones: from their web page to the broker, as those of any other device."""
