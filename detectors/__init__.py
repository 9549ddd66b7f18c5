"""What a camera's pictures say about a place. Pure: no files, no clock, no threads.

`watch.CameraWatch` is what a box keeps for each camera: it takes looks and answers with incidents that begin
and end. Behind it each detector is a room of its own: `cover` (is the manhole cover there), `left_object`
(stall, goods, parked vehicle), `health` (can this camera be believed at all). `ground` knows metres,
`hours` what may stand when, `veto` a model to ask.
"""
