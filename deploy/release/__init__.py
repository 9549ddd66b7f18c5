"""The files of a release; `scripts/build` creates them in `dist/`."""
