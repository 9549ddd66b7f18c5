"""`streetwarden backup` and `restore`: database and evidence, consistent with each other, and checked.

In a destination, which is a folder or object storage, and belongs to one database:

    backups/{id}/database.dump     pg_dump's custom format
    backups/{id}/evidence.txt      the files of evidence that this backup needs: digest, media type, bytes
    backups/{id}/manifest.json     written last: a backup without it was never finished
    evidence/{ab}/{digest}.{jpg}   by content, shared by all backups

The database comes first and evidence second, for files are written before the rows that name them: every file
that the database's snapshot names is there, unless it was lost before.
"""
