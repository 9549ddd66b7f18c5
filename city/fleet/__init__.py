"""The city's fleet: moving vehicles and staff, and sensors; each device has its own MQTT client.

Positions depend on the seed and on simulated time, never on a clock. The clock only gives the times in
messages.
"""
