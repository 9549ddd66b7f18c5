"""Is the cover there? Answers for every marked cover, look by look: `detector.CoverDetector`.

    window.py          the part of the picture around one cover: its inside and the ring of pavement around it
    registration.py    how far the place has moved in a look, told by the ring
    median.py          the median of the last looks, pixel by pixel
    patch_features.py  what is measured of one picture by itself
    displacement.py    whether a dark gap has the shape that a displaced cover leaves
    cues.py            what is measured between a reference and now
    verdict.py         from cues to a verdict
    confidence.py      how often such a verdict is right
    reference.py       how the place looks when all is well: learned, checked, slowly adapted
    detector.py        puts them together, for all covers of one camera
    settings.py        every threshold, with its unit, meaning and origin

The method comes from trials on composites of real video and photographs (docs/detection.md).
"""
