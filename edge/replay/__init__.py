"""`streetwarden replay`: runs the box's own capture and detectors on a recorded clip, and scores the result.

command.py      the command line
camera.py       the camera of the settings that filmed the clip, and its detectors
playback.py     plays the clip as fast as the machine can, in several sampling phases
truth.py        reads the ground truth of a clip
score.py        compares reports with the ground truth: found, missed, false, doubled
summary.py      the result as JSON and as sentences
explanation.py  the thresholds, each with its unit, meaning and origin
annotated.py    the result as a video and a contact sheet
"""
