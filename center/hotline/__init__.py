"""The desk of the hotline: contacts of callers, and the hand-over of a shift."""
