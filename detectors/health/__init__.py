"""Can this camera be believed? A camera that was turned must not report fifty missing covers."""
