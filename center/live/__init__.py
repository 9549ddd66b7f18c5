"""The live feed: one state of what is going on, and browsers that each follow it at their own pace."""
