"""Is the cover there? Answers for every marked cover, look by look: `detector.CoverDetector`.

    window.py          the part of the picture around one cover: its inside and the ring of pavement around it
    registration.py    how far the place has moved in a look, measured on the ring
    median.py          the median of the last looks, pixel by pixel
    patch_features.py  the features of one picture, without a reference
    displacement.py    whether a dark gap has the shape that a displaced cover leaves
    cues.py            the differences between a reference and the picture now
    verdict.py         from cues to a verdict
    confidence.py      how often a verdict with this evidence is right
    reference.py       how the place looks when the cover is in order: learned, checked, slowly adapted
    detector.py        puts them together, for all covers of one camera
    settings.py        every threshold, with its unit, meaning and origin

The method comes from trials on composites of real video and photographs (docs/detection.md).
"""
