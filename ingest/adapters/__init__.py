"""Foreign devices as they are: an adapter reads one kind of foreign message and tells it in our words."""
