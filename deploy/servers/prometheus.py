"""Prometheus with our scrape targets and alert rules."""

from __future__ import annotations

import signal
import urllib.error
import urllib.request
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

from deploy import alert_rules
from deploy.debian_root import System
from deploy.servers.confined import INSIDE, Server

_RULES: Final = "rules"
_EVERY_MS: Final = 5_000
_QUICKEST_MS: Final = 250
_LOOKBACK_MS: Final = 300_000
"""How long the last samples of a removed target count; Prometheus' own default."""
_RESEND_MS: Final = 15_000
"""An alert that fires before Alertmanager is discovered is lost until it is sent again."""


def configuration(
    targets: Sequence[tuple[str, int]], *, alertmanager_port: int | None, every: str = "5000ms"
) -> str:
    """`prometheus.yml` for programs on this machine.

    Args:
        targets: (program, port of its `/metrics`).
        alertmanager_port: of the Alertmanager; None without one.
        every: the interval of scrapes and rule evaluations.
    """
    alerting = (
        ""
        if alertmanager_port is None
        else "alerting:\n  alertmanagers:\n"
        f"    - static_configs: [{{targets: ['127.0.0.1:{alertmanager_port}']}}]\n"
    )
    jobs = "".join(
        f"  - job_name: {program}\n    static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n"
        for program, port in targets
    )
    return (
        f"global: {{scrape_interval: {every}, scrape_timeout: {every}, evaluation_interval: {every}}}\n"
        f"{alerting}"
        f"rule_files: [{_RULES}/*.yml]\nscrape_configs:\n{jobs}"
    )


class Prometheus(Server):
    """One Prometheus.

    Args:
        system: the Debian root with its program.
        folder: its data.
        port: on 127.0.0.1.
        targets: (program, port of its `/metrics`).
        alertmanager_port: of the Alertmanager; None without one.
        log: takes its output.
        faster: divides the times of the rules and the intervals, for trials.
    """

    name = "Prometheus"

    def __init__(
        self,
        *,
        system: System,
        folder: Path,
        port: int,
        targets: Sequence[tuple[str, int]],
        alertmanager_port: int | None = None,
        log: Path | None = None,
        faster: float = 1.0,
    ) -> None:
        super().__init__(system=system, folder=folder, port=port, log=log)
        self._targets = targets
        self._alertmanager_port = alertmanager_port
        self._faster = faster

    def prepare(self) -> None:
        """Write its configuration."""
        self._write_configuration()
        rules = self.folder / _RULES
        rules.mkdir(exist_ok=True)
        for left_over in rules.glob("*.yml"):  # of another release
            left_over.unlink()
        for name, text in alert_rules.shipped().items():
            quick = text if self._faster == 1 else alert_rules.faster(text, self._faster)
            (rules / name).write_text(quick, encoding="utf-8")

    def scrape(self, targets: Sequence[tuple[str, int]]) -> None:
        """Scrape these targets from now on."""
        self._targets = targets
        self._write_configuration()
        for server in self._servers()[:1]:
            server.send_signal(signal.SIGHUP)

    def _write_configuration(self) -> None:
        text = configuration(
            self._targets,
            alertmanager_port=self._alertmanager_port,
            every=f"{max(_QUICKEST_MS, _EVERY_MS / self._faster):.0f}ms",
        )
        (self.folder / "prometheus.yml").write_text(text, encoding="utf-8")

    def command(self) -> str:
        """Give its folder to its own user, and run as that user."""
        return (
            f"set -e; cd {INSIDE}; chown -R prometheus:prometheus .; chmod 755 .; "
            "exec setpriv --reuid=prometheus --regid=prometheus --init-groups prometheus "
            f"--config.file=prometheus.yml --storage.tsdb.path={INSIDE}/data "
            f"--rules.alert.resend-delay={max(1_000, _RESEND_MS / self._faster):.0f}ms "
            f"--query.lookback-delta={_LOOKBACK_MS / self._faster:.0f}ms "
            f"--storage.tsdb.retention.time=7d "
            f"--storage.tsdb.retention.size=1GB --web.listen-address=127.0.0.1:{self.port} --log.level=warn"
        )

    def answers(self) -> bool:
        """Probe it as a client."""
        return is_ready(self.port)


def is_ready(port: int) -> bool:
    """Whether a Prometheus or an Alertmanager on this machine says so."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, urllib.error.URLError):
        return False
