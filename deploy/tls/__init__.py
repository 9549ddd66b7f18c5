"""`streetwarden tls`: a small certificate authority for one installation."""
