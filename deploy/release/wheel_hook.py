"""Hatchling's build hook: refuses to build a wheel without the console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleIsBuilt(BuildHookInterface[Any]):
    """Refuses to build a wheel without the web console; an editable installation builds it at its start."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Look for the console.

        Raises:
            FileNotFoundError: it is not built.
        """
        del build_data
        if version != "editable" and not Path(self.root, "center/console/dist/index.html").exists():
            raise FileNotFoundError("center/console/dist is not built; run scripts/build, which does that")
