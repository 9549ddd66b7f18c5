"""Each role runs on a bare Debian after the commands of the page, and `doctor` finds no fault."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from city.build import build as build_city
from deploy.installing.files import PROGRAMS
from deploy.release.__main__ import build
from tests.deploy.installing.machine import BOOKWORM, CACHE, TRIXIE, Machine, Release, bare, with_packages
from tests.deploy.installing.page import blocks
from tests.deploy.installing.wheels import fetch

PORTS = {"ingest": 9102, "edge": 9103, "center": 9104, "worker": 9106}
SOURCES = """
[[sources]]
account = "box/box-1"
cameras = ["cam-01", "cam-02", "cam-03", "cam-04"]
"""
SIGN_ON = """
import json, sys
from http.cookiejar import CookieJar
from urllib.request import HTTPCookieProcessor, Request, build_opener
city = build_opener(HTTPCookieProcessor(CookieJar()))
at = "http://127.0.0.1:8480"
word = open("/root/streetwarden/operator").read().strip()
body = json.dumps({"login": "operator", "password": word}).encode()
answer = city.open(Request(at + "/api/v1/session", body, {"Content-Type": "application/json"}, method="POST"))
token = json.load(answer)["csrf_token"]
print(answer.status)
print(b"<script" in city.open(at + "/").read())
said = {"source": "hotline", "code": "0501", "lat": 24.9, "lon": 118.6}
said |= {"district": "350582", "title": "stall"}
part = "--part\\r\\nContent-Disposition: form-data; name="
body = part + "\\"report\\"\\r\\n\\r\\n" + json.dumps(said) + "\\r\\n"
body += part + "\\"files\\"; filename=\\"a.jpg\\"\\r\\n\\r\\n"
body = body.encode() + bytes.fromhex(sys.argv[1]) + b"\\r\\n--part--\\r\\n"
kind = {"Content-Type": "multipart/form-data; boundary=part", "X-CSRF-Token": token}
print(city.open(Request(at + "/api/v1/cases", body, kind, method="POST")).status)
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release") / "dist"
    build(out)
    return out


@pytest.fixture(scope="module")
def room(servers_can_run: None) -> Iterator[Path]:
    """A folder whose file system takes overlays, for the machines' disks."""
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / "machines"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, "JPEG")
    return out.getvalue()


def machine(room: Path, release: Path, role: str, on: Release, network: Machine | None = None) -> Machine:
    layers = with_packages(bare(on), "\n".join(blocks("packages", role)))
    return Machine(
        layers,
        room / role,
        release=release,
        wheels=fetch((release / f"requirements-{role}.txt").read_text(encoding="utf-8"), on.python),
        network=network,
    )


def doctor(host: Machine, role: str) -> dict[str, list[str]]:
    found = json.loads(host.run(f"streetwarden doctor --role {role} --json", may_fail=True).stdout)
    by_verdict: dict[str, list[str]] = {}
    for finding in found:
        by_verdict.setdefault(finding["verdict"], []).append(f"{finding['check']}: {finding['found']}")
    return by_verdict


def is_healthy(host: Machine, role: str) -> None:
    for program in PROGRAMS[role]:
        url = f"http://127.0.0.1:{PORTS[program]}/health"
        host.wait(f"python3 -c \"import urllib.request as u; u.urlopen('{url}', timeout=3)\"")
        host.run(f"systemd-analyze verify /etc/systemd/system/streetwarden-{program}.service")
        user = host.run(f"systemctl show --property=User --value streetwarden-{program}").stdout.strip()
        assert user == f"streetwarden-{program}"


def cameras_of(city: Path) -> str:
    """The simulated city's cameras, as an administrator would write them into the box's settings."""
    text = (city / "edge-cameras.toml").read_text(encoding="utf-8")
    return text[text.index("[[camera]]") :].replace("file:clips/", "file:/srv/city/clips/")


def write_cameras(host: Machine, cameras: str) -> None:
    """The settings that the page leaves to the reader, between `install` and the start."""
    file = host.path("/etc/streetwarden/edge.toml")
    if file.exists() and "\n[[camera]]" not in file.read_text(encoding="utf-8"):
        file.write_text(file.read_text(encoding="utf-8") + cameras, encoding="utf-8")


def write_sources(host: Machine) -> None:
    """The `[[sources]]` tables that the page leaves to the reader."""
    file = host.path("/etc/streetwarden/ingest.toml")
    if file.exists() and "\n[[sources]]" not in file.read_text(encoding="utf-8"):
        file.write_text(file.read_text(encoding="utf-8") + SOURCES, encoding="utf-8")


def install(host: Machine, role: str, cameras: str) -> None:
    """Run the page's commands for a role."""
    for script in blocks("commands", role):
        host.run(script)
        write_cameras(host, cameras)
        write_sources(host)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city") / "city"
    build_city(folder, clip_s=4.0, tell=lambda _: None)
    return folder


@pytest.fixture(scope="module")
def one_machine(room: Path, release: Path, city: Path) -> Iterator[Machine]:
    """All programs with Debian's servers, installed as documented."""
    host = machine(room, release, "one-machine", TRIXIE)
    try:
        shutil.copytree(city, host.path("/srv/city"))
        install(host, "one-machine", cameras_of(city))
        yield host
    finally:
        (room.parent / "one-machine.log").write_text(host.log, encoding="utf-8")
        host.stop()


@pytest.mark.timeout(600)
def test_one_machine(one_machine: Machine) -> None:
    is_healthy(one_machine, "one-machine")
    found = doctor(one_machine, "one-machine")
    assert "wrong" not in found, found
    said = one_machine.run(f"python3 -c '{SIGN_ON}' {picture().hex()}").stdout.split()
    assert said == ["200", "True", "201"], "a report with a picture is kept"


def remove(host: Machine) -> None:
    """Uninstalling by the page: no program of ours runs or exists, and the administrator's files remain."""
    for script in blocks("commands", "removal"):
        host.run(script)
    left = host.run(
        "ls -d /opt/streetwarden /etc/s*/*/*streetwarden-* /etc/*.d/*streetwarden-*", may_fail=True
    )
    assert "No such file" in left.stdout
    assert not [line for line in left.stdout.splitlines() if line.startswith("/")]
    assert "[[camera]]" in host.path("/etc/streetwarden/edge.toml").read_text(encoding="utf-8")
    assert host.path("/var/lib/streetwarden/edge").is_dir()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("role", "on"), [("edge", BOOKWORM), ("ingest", TRIXIE), ("center", TRIXIE)])
def test_a_machine_with_one_role(
    *, role: str, on: Release, one_machine: Machine, room: Path, release: Path, city: Path
) -> None:
    """Uses broker and database of the first machine, whose own programs of that role are stopped."""
    if role != "edge" and os.environ.get("STREETWARDEN_TEST_ALL_ROLES") != "1":
        pytest.skip("one-machine has had these programs; STREETWARDEN_TEST_ALL_ROLES=1 tries each role alone")
    units = " ".join(f"streetwarden-{program}" for program in PROGRAMS[role])
    one_machine.run(f"systemctl stop {units}")
    host = machine(room, release, role, on, network=one_machine)
    try:
        shutil.copytree(one_machine.path("/root/streetwarden"), host.path("/root/passwords"))
        shutil.copytree(city, host.path("/srv/city"))
        if role == "center":  # the page asks for a file system shared with ingest
            shared = one_machine.path("/var/lib/streetwarden/evidence")
            shutil.copytree(shared, host.path("/var/lib/streetwarden/evidence"))
        install(host, role, cameras_of(city))
        is_healthy(host, role)
        found = doctor(host, role)
        assert "wrong" not in found, found
        if role == "edge":
            remove(host)
        for other in PROGRAMS.keys() - {role, "one-machine"}:
            assert not host.path(f"/etc/streetwarden/{other}.toml").exists()
    finally:
        (room.parent / f"{role}.log").write_text(host.log, encoding="utf-8")
        host.stop()
        one_machine.run(f"systemctl start {units}")


@pytest.mark.timeout(600)
def test_an_upgrade_keeps_settings_and_passwords_and_renews_units(one_machine: Machine) -> None:
    kept = ("/etc/streetwarden/edge.toml", "/etc/streetwarden/secrets/box")
    before = [one_machine.path(name).read_text(encoding="utf-8") for name in kept]
    unit = one_machine.path("/etc/systemd/system/streetwarden-ingest.service")
    unit.write_text("of an older release", encoding="utf-8")
    older = "/var/lib/streetwarden/evidence/evidence/00"
    one_machine.run(f"runuser -u streetwarden-ingest -- install -d -m 2750 {older}")
    one_machine.run(f"runuser -u streetwarden-ingest -- touch {older}/old.jpg")
    for step in ("upgrade", "upgrade of the database", "start"):
        for script in blocks("commands", step):
            one_machine.run(script.replace("ROLE", "one-machine"))
    assert [one_machine.path(name).read_text(encoding="utf-8") for name in kept] == before
    is_healthy(one_machine, "one-machine")
    one_machine.run(f"runuser -u streetwarden-worker -- rm {older}/old.jpg")
