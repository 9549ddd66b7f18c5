"""`streetwarden install`: puts a role's units, users and settings on a machine, after its packages."""
