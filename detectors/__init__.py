"""What a camera's pictures say about places. Pure: no files, no clock, no threads.

`watch.CameraWatch` is what a box keeps for each camera: it takes looks and returns incidents that begin and
end. The detectors are packages that do not know each other:

    cover        is the manhole cover there?
    left_object  stalls, goods and parked vehicles in a zone
    health       can the camera's pictures be believed?
    recognition  a detection model that tells people, vehicles, bags and animals
    veto         a model of the city's own that may refuse an incident

What they share: `look` (one picture), `observations` (their results), `places` (covers and zones), `ground`
(pixels to metres), `hours` (when objects may stand in a zone), `day_night` (colour or infrared),
`confirmation` (from results to incidents), `thresholds` (descriptions of settings).
"""
