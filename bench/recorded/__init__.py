"""Left objects on recorded clips: any folder with a truth file, whatever camera filmed it.

    folder.py  the clips of a folder, with what happens in them
    pasted.py  the same clip with its object pasted again, several times and seconds apart
    trial.py   one clip before the detectors, for zones and phases of the sampling
    tally.py   rates with their intervals

Nothing here knows a clip: names, sizes, times and zones come from the truth file.
"""
