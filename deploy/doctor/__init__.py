"""`streetwarden doctor`: checks an installation, and names the remedy of each fault."""
