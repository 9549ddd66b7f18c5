"""The public benchmark of left objects: made scenes with seeds, a score sheet, and a baseline.

detector.py  what a detector must do to be scored, and the ones that are known
mog2.py      the baseline: two backgrounds that learn at different speeds
scenes.py    one scene of a situation, picture by picture, with its truth
outcome.py   what a detector said, against what was left
sheet.py     the score sheet, as JSON and as Markdown
files.py     scenes as video for detectors of any language, and their incidents back
"""
