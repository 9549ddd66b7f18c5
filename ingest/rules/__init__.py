"""Rules on the live stream, which give rule events and open cases. Pure: no I/O, no clock."""
