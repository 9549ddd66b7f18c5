"""Where pictures come from: video files and RTSP through PyAV, JPEG frames over MQTT.

A source is an iterator of pictures that blocks in between. It raises `SourceError` when it has none to give
any more, and whoever runs it tries again after a pause.
"""
