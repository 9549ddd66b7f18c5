"""Rules on the live stream: what deserves a line in the log, or a case. Pure: no I/O, no clock."""
