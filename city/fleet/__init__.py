"""The city's fleet: vehicles and staff that follow its streets, and sensors; each an MQTT client of its own.

Where somebody is depends on the seed and on how much time has been told to pass, never on a clock; the clock
is asked only for the time that goes on a message.
"""
