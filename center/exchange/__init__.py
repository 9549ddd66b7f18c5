"""Exchange with other systems: the change feed, and the administration of webhooks."""
