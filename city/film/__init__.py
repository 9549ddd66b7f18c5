"""The city's cameras: four street scenes, drawn in perspective and encoded as H.264.

A scene has its own coordinates in metres: x along the street to the right, y away from the camera, z up; the
camera is on a pole above (0, 0). The static background is drawn once; people, vehicles and objects are solids
drawn in every frame.
"""
