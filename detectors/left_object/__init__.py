"""Was something left here? Stall, goods and parked vehicle in a zone: `detector.LeftObjectDetector`.

    region.py      the piece of picture around one zone, and which of it is ground of the zone
    exposure.py    takes back what the camera's exposure did
    layers.py      background, what stands before it, and since when: the memory of every pixel
    parts.py       from pixels to connected parts, split by the moment they arrived
    evidence.py    is it light, is it a ghost, does it hold still, has it the right size
    detector.py    follows things from their coming to their going

The background from before a change is kept until the change has gone again. Nothing is ever taken into the
background because of one verdict (docs/detection.md says what happened when it was).
"""
