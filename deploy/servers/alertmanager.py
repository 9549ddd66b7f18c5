"""Alertmanager with our routes to the alert log."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from deploy.debian_root import System
from deploy.servers.confined import INSIDE, Server
from deploy.servers.prometheus import is_ready

SHIPPED: Final = Path(__file__).parents[1] / "prometheus" / "alertmanager.yml"

_RECEIVER: Final = "http://alert-log:9105/alerts"
_NAME: Final = "alertmanager.yml"


def configuration(alert_log_port: int) -> str:
    """`alertmanager.yml` as it ships, for an alert log on this machine."""
    return SHIPPED.read_text(encoding="utf-8").replace(_RECEIVER, f"http://127.0.0.1:{alert_log_port}/alerts")


class Alertmanager(Server):
    """One Alertmanager.

    Args:
        system: the Debian root with its program.
        folder: its data.
        port: on 127.0.0.1.
        alert_log_port: of the alert log.
        log: takes its output.
        waits_ms: replaces each wait of the routes, for tests.
    """

    name = "Alertmanager"

    def __init__(
        self,
        *,
        system: System,
        folder: Path,
        port: int,
        alert_log_port: int,
        log: Path | None = None,
        waits_ms: int | None = None,
    ) -> None:
        super().__init__(system=system, folder=folder, port=port, log=log)
        self._alert_log_port = alert_log_port
        self._waits_ms = waits_ms

    def prepare(self) -> None:
        """Write its configuration."""
        text = configuration(self._alert_log_port)
        if self._waits_ms is not None:
            text = re.sub(r"(group_wait|group_interval): \w+", rf"\1: {self._waits_ms}ms", text)
        (self.folder / _NAME).write_text(text, encoding="utf-8")

    def command(self) -> str:
        """Give its folder to its own user, and run as that user."""
        return (
            f"set -e; cd {INSIDE}; chown -R prometheus:prometheus .; chmod 755 .; "
            "exec setpriv --reuid=prometheus --regid=prometheus --init-groups prometheus-alertmanager "
            f"--config.file={_NAME} --storage.path={INSIDE}/data --cluster.listen-address= "
            f"--web.listen-address=127.0.0.1:{self.port} --log.level=warn"
        )

    def answers(self) -> bool:
        """Probe it as a client."""
        return is_ready(self.port)
