"""Was something left here? Stall, goods and parked vehicle in a zone: `detector.LeftObjectDetector`.

    region.py      the piece of picture around one zone, and which of it is ground of the zone
    registration.py  where a look lies, of a camera that sways
    pattern.py     what of a picture does not depend on light; the median of the last looks
    relief.py      from what changed in it to a picture of the surfaces that are new
    layers.py      background, what stands before it, and since when: the memory of a place
    place.py       looks at one zone, by day and in infrared
    parts.py       from pixels to connected parts, split by the moment they arrived
    evidence.py    is it light, is it a ghost, does it hold still, did it come as one
    sway.py        does it sway, as who stands does
    verdict.py     from evidence to a word: all limits
    things.py      follows things from their coming to their going
    detector.py    all zones of a camera

The background from before a change is kept until the change has gone again. Nothing is ever taken into the
background because of one verdict (docs/detection.md says what happened when it was).
"""
