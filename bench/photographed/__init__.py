"""Photographs of real covers and open shafts laid into real video: half-real scenes for measuring.

    outline.py      finds the cover's or the shaft's outline in a hand-held photograph
    photographs.py  the photographs of a folder, each as a disc seen from straight above
    footage.py      a still piece of ground in a video, and who passes over it
    scene.py        puts them together under a made weather, through a made lens

None of the material is part of the project. The change from the cover to the shaft, the weather and the lens
are made; what is real is how iron, shafts, pavement, passers-by and a camera's own noise look.
"""
