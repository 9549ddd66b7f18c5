"""The simulated city: a town with streets, cameras that film it, and a fleet that drives in it.

To the rest of the system it is a set of devices and a folder of city data: it uses MQTT and writes files, and
does not depend on what watches it.
"""
