"""Exchange with other systems: the change feed of cases, and webhooks that deliver it."""
