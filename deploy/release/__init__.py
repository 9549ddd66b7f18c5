"""What a release consists of: `scripts/build` makes it in `dist/`."""
