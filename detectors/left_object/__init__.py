"""Was something left here? Stall, goods and parked vehicle in a zone: `detector.LeftObjectDetector`.

In the order in which a look passes through them:

    zone_crop.py         the part of the picture around one zone, and its ground
    registration.py      how far the camera has moved in a look, to a fraction of a pixel
    log_gradient.py      the gradient of the logarithm of brightness and colour, which light hardly changes
    temporal_median.py   the median of the last nine looks
    background_model.py  the empty zone, what differs from it, and since when
    relief.py            from changed gradients to an image of what is new (Poisson reconstruction)
    zone_model.py        one zone: a background model by day and one in infrared
    blobs.py             from foreground pixels to connected regions, split by the time of their arrival
    evidence.py          measurements that tell an object from light, weather and people
    sway.py              lateral motion: somebody who stands sways, an object does not
    classification.py    from evidence to a class
    stay.py              how a blob was classified over its whole stay
    doubts.py            how long it must be an object: the longer, the more there is to doubt
    object_tracker.py    follows objects from their arrival to their removal
    detector.py          all zones of a camera
    least_size.py        the smallest object that can be found in a zone
    settings.py          every threshold, with its unit, meaning and origin

The background from before a change is kept until the change has gone again. One classification alone never
changes the background (docs/detection.md says why).
"""
