"""`streetwarden status`: how the system does, in one line."""
