"""`streetwarden status`: the state of the system in one line."""
