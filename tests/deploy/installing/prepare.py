"""`python -m tests.deploy.installing.prepare`: fetches what the tests of installing need, once.

It builds the bare roots, those with the packages of the documented `apt-get install`, and the wheels of each
role; this takes about two minutes the first time.
"""

from __future__ import annotations

from deploy.release.__main__ import TOP
from deploy.release.roles import requirements
from tests.deploy.installing.machine import BOOKWORM, TRIXIE, bare, with_packages
from tests.deploy.installing.page import blocks
from tests.deploy.installing.wheels import fetch

ROLES = (("one-machine", TRIXIE), ("edge", BOOKWORM), ("ingest", TRIXIE), ("center", TRIXIE))

if __name__ == "__main__":
    whole = (TOP / "requirements.lock").read_text(encoding="utf-8")
    for role, release in ROLES:
        with_packages(bare(release), "\n".join(blocks("packages", role)))
        fetch(requirements(role, whole, version="", wheel=""), release.python)
