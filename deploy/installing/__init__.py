"""`streetwarden install`: installs a role's units, users and settings on a machine that has its packages."""
