"""A made city: a town with streets, cameras that film it, and a fleet that drives in it.

To the rest of the system it is a set of devices and a folder of city data: it speaks MQTT and writes files,
and knows nothing of what watches it.
"""
