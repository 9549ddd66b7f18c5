"""Made street scenes for measuring detectors: seeded, with weather, camera faults and traffic.

    ground.py    pavement with a manhole cover in its states; objects that may be left on it
    weather.py   sun and shade, cloud, rain, wet ground, fog, snow, night in infrared, headlights, glare
    traffic.py   people who walk and stand, cars and their shadows
    actors.py    people who wait, with umbrellas, balloons; queues, hand carts, buses and trains
    situations.py  what is left and what must not be taken for it, each with a name
    lens.py      shake, exposure, defocus, dirt, noise, and H.264 at a low bit-rate
    scene.py     puts one together; every moment of it can be asked for

The surfaces are the made city's. What is measured on these is made, and must be reported as such.
"""
