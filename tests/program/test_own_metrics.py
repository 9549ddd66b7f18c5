"""A program exports its release and the free space of its disks."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from program import own_metrics
from program.errors import SettingsError
from program.own_metrics import Volumes
from program.settings_parts import EvidenceStore, MetricsAddress


def test_room_and_release_are_served(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    own_metrics.register(registry, volumes={"evidence": tmp_path, "gone": tmp_path / "nowhere"})
    text = generate_latest(registry).decode()
    size = shutil.disk_usage(tmp_path).total
    assert registry.get_sample_value("streetwarden_volume_size_bytes", {"volume": "evidence"}) == size
    assert (
        0 < (registry.get_sample_value("streetwarden_volume_free_bytes", {"volume": "evidence"}) or 0) <= size
    )
    assert 'volume="gone"' not in text
    assert 'streetwarden_build_info{python="3.' in text
    assert "process_open_fds" in text


def test_a_disk_that_hangs_hangs_no_scrape_and_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, hangs = [100.0], threading.Event()
    measured: list[object] = []

    def usage(folder: Path) -> object:
        if measured:
            hangs.wait(60)
        measured.append(folder)
        return SimpleNamespace(total=10, used=6, free=4)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    monkeypatch.setattr(own_metrics, "_EVERY_S", 0)
    volumes = Volumes({"evidence": tmp_path}, seconds=lambda: now[0])
    registry = CollectorRegistry()
    registry.register(volumes)
    name, labels = "streetwarden_volume_free_bytes", {"volume": "evidence"}
    assert registry.get_sample_value(name, labels) == 4
    now[0] += 61
    assert registry.get_sample_value(name, labels) is None
    hangs.set()


def test_volumes_are_named_in_the_settings() -> None:
    given = MetricsAddress(volumes=" database=/srv/db, broker = /srv/broker ,")
    assert given.folders() == {"database": Path("/srv/db"), "broker": Path("/srv/broker")}
    with pytest.raises(SettingsError, match="write it as database=/var/lib/postgresql"):
        MetricsAddress(volumes="/srv/db").folders()


def test_only_evidence_in_a_folder_has_one() -> None:
    assert EvidenceStore(url="file:///srv/with%20space").folder() == Path("/srv/with space")
    assert EvidenceStore(url="s3://bucket/prefix").folder() is None
