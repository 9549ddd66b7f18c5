"""Whether the whole system does what it is for: the real stack on the simulated city, and what is true."""
