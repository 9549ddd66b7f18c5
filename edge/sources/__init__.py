"""Where frames come from: video files and RTSP through PyAV, JPEG frames over MQTT.

A source is an iterator of frames that blocks in between. It raises `SourceError` when it has no more to give,
and its worker tries again after a pause.
"""
