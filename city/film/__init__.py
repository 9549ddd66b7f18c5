"""The city's cameras: four street scenes, drawn in perspective and encoded as H.264.

A scene has its own metres: x along the street to the right, y away from the camera, z up; the camera stands
on a pole above (0, 0). Whatever never moves is drawn once; people, vehicles and objects are solids drawn anew
in every frame.
"""
