"""Can this camera be believed at all? A moved camera must never become fifty missing covers."""
