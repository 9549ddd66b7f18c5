"""`streetwarden backup` and `restore`: database and evidence, consistent with each other, and verified.

A destination is a folder or object storage, and belongs to one database. It contains:

    backups/{id}/database.dump     pg_dump's custom format
    backups/{id}/evidence.txt      the files of evidence that this backup needs: digest, media type, bytes
    backups/{id}/manifest.json     written last: a backup without it was never finished
    evidence/{ab}/{digest}.{jpg}   by content, shared by all backups

The database is backed up before the evidence. Files are written before the rows that name them, so every file
that the database's snapshot names exists, unless it was lost before.
"""
