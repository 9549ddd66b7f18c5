"""`streetwarden doctor`: checks an installation line by line, and names the remedy."""
