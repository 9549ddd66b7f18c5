"""Rules on the live stream, which cause rule events and open cases. Pure: no I/O, no clock."""
