"""The whole system on one machine, with one command: `streetwarden up`.

Everything it makes lies in one folder, and everything it starts ends with it, however it ends.
"""
