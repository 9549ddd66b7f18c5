"""What stands there: a detection model that tells people, vehicles, bags and animals in a part of a picture.

    sightings.py        what a model sees in a picture, and whether a sighting is the object in a box
    detection_model.py  the model: an ONNX file, run by ONNX Runtime
    shipped/            the file that comes with the project, with its origin and licence
    admission.py        asked before an incident in a zone begins: does it begin, and what is it?
    bystanders.py       asked of a cover that looks wrong: does somebody stand on it?

The model's words are evidence beside that of the other detectors. Its silence is evidence for nothing.
"""
