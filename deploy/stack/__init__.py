"""The whole system on one machine, with one command: `streetwarden up`.

All its files are in one folder, and everything that it starts ends with it, however it ends.
"""
