"""Sources of frames: video files and RTSP through PyAV, JPEG frames over MQTT.

A source is a blocking iterator of frames. If it has no more frames, it raises `SourceError`, and its worker
tries again after a pause.
"""
