"""What a role runs needs only the packages of that role: each is tried as if nothing else were installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from deploy.command import PARTS

DOCTOR = ["deploy.doctor.command", "deploy.doctor.roles", "deploy.installing.command"]
"""What every machine has."""

IMPORT = """
import importlib, sys
from importlib.metadata import packages_distributions
from packaging.utils import canonicalize_name
from deploy.release.roles import EXTRAS, OURS, closure

role, *wanted = sys.argv[1:]
there = closure(EXTRAS[role]) | {OURS}
missing = {
    package
    for package, distributions in packages_distributions().items()
    if not {canonicalize_name(each) for each in distributions} & there
}

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"no {name} on a machine with the role {role}", name=name)

for name in [name for name in sys.modules if name.partition(".")[0] in missing]:
    del sys.modules[name]
sys.meta_path.insert(0, Missing())
for name in wanted:
    importlib.import_module(name)
print(len(missing))
"""


@pytest.mark.parametrize("role", ["ingest", "center", "edge"])
def test_commands_of_a_role_import_only_packages_of_that_role(role: str) -> None:
    modules = [*DOCTOR, *(part.module for part in PARTS.values() if part.role == role)]
    if role != "edge":  # a box has no database
        modules.append("deploy.doctor.centre")
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT, role, *modules], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 20, "nothing was missing"
