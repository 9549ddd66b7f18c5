"""Is the cover there? Answers for every marked cover, look by look: `detector.CoverDetector`.

    window.py        the piece of picture around one cover: its inside and the ring of pavement around it
    registration.py  where the place lies in a picture, told by the ring
    median.py        the median of the last looks, pixel by pixel
    portrait.py      what is measured of one picture by itself
    cues.py          what is measured between a reference and now
    crescent.py      whether a dark gap has the shape that a dragged cover leaves
    verdict.py       from cues to a word
    confidence.py    how often such a word is right
    reference.py     how the place looks when all is well: learned, checked, slowly adapted
    detector.py      puts them together, for all covers of one camera

Method and first thresholds come from trials on composites of real video and photographs (docs/detection.md).
"""
