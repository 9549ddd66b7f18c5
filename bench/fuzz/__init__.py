"""Whatever bytes come over the socket, ingest neither crashes nor hangs, and accounts for every message."""
