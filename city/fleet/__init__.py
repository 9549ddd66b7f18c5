"""The city's fleet: vehicles and staff that follow its streets, and sensors; each an MQTT client of its own.

Positions depend on the seed and on simulated time, never on a clock. The clock only gives the time in a
message.
"""
