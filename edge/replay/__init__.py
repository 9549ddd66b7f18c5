"""`streetwarden replay`: the box's own capture and detectors over a recorded clip, scored against a truth.

command.py      the command line
camera.py       which camera of the settings filmed the clip, and its detectors
playback.py     plays the clip as fast as the machine can, in several sampling phases
truth.py        reads what really happens in a clip
score.py        compares reports with the truth: found, missed, false, doubled
summary.py      the outcome as JSON and as sentences
explanation.py  the thresholds, each with its unit, meaning and origin
annotated.py    the outcome as a video and a contact sheet
"""
