"""Who asks: accounts, sessions, passwords."""
