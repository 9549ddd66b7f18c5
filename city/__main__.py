"""`python -m city build` makes a city folder; `python -m city run` drives its fleet."""

from __future__ import annotations

import logging
import ssl
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

import click

from city.build import DEFAULT_SEED, seed_of
from city.build import build as build_city
from city.fleet.client import Broker
from city.fleet.drive import Fleet, passwords
from city.fleet.unit import units
from city.people import accounts
from city.people.album import stills
from city.people.open311 import OutsideSystem, places_of
from city.people.shift import Pace, Shift
from city.roster import roster
from program.errors import ProgramError
from program.lifetime import run as run_program
from program.lifetime import run_until_stopped
from program.logs import set_up
from program.tls import TlsFiles

_REPORT_EVERY_H = 3.0
"""Mean hours of the city between two reports of citizens over Open311."""


@click.group()
def command() -> None:
    """The simulated city: streets, cameras and a fleet that use MQTT and files like any device."""


@command.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to make."
)
@click.option(
    "--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Random seed of the whole city."
)
def build(out: Path, seed: int) -> None:
    """Make a city folder: layers, devices, camera clips, and the ground truth."""
    try:
        build_city(out, seed=seed, tell=lambda line: click.echo(line, err=True))
    except ProgramError as error:
        click.echo(f"streetwarden: {error}", err=True)
        sys.exit(1)


@command.command()
@click.option(
    "--city",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder that `build` made.",
)
@click.option(
    "--broker-url", envvar="STREETWARDEN_MQTT_URL", required=True, help="Such as mqtt://127.0.0.1:1883."
)
@click.option(
    "--credentials",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help='Passwords of the devices: {"vehicle/v001": "…"} in JSON.',
)
@click.option("--ca-file", default="", help="CA certificates (PEM) that verify a broker at mqtts://.")
@click.option("--crl-file", default="", help="That CA's list of revoked certificates (PEM).")
@click.option(
    "--certificate-file", default="", help="The fleet's own certificate (PEM), if the broker requires one."
)
@click.option("--key-file", default="", help="Its private key (PEM).")
@click.option(
    "--staff",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The staff, with the passwords of their accounts; without it, nobody works at cases.",
)
@click.option(
    "--center-url", default="http://127.0.0.1:8480", show_default=True, help="The command centre's URL."
)
@click.option("--center-ca-file", default="", help="CA certificates (PEM) that verify a centre at https://.")
@click.option(
    "--hour-s",
    type=click.FloatRange(min=0.1, max=3600),
    default=60.0,
    show_default=True,
    help="Seconds of real time for an hour of the staff's time.",
)
def run(
    *,
    city: Path,
    broker_url: str,
    credentials: Path,
    ca_file: str,
    crl_file: str,
    certificate_file: str,
    key_file: str,
    staff: Path | None,
    center_url: str,
    center_ca_file: str,
    hour_s: float,
) -> None:
    """Drive the fleet of a city folder, and let its staff work, until stopped."""

    async def main() -> None:
        files = TlsFiles(prefix="--", ca=ca_file, crl=crl_file, certificate=certificate_file, key=key_file)
        broker = Broker.parse(broker_url, files)
        fleet = Fleet(units(city, roster(), seed_of(city)), passwords(credentials), clock=time.time)
        tasks: dict[str, Callable[[], Coroutine[None, None, None]]] = {
            "drive": fleet.drive,
            "connect": lambda: fleet.connect(broker),
            "keep alive": fleet.keep_alive,
            "tell": fleet.tell,
        }
        if staff is not None:
            everybody = accounts.read(staff)
            tls = ssl.create_default_context(cafile=center_ca_file) if center_ca_file else None
            if everybody.open311_key is not None:
                tasks["open311"] = OutsideSystem(
                    everybody.open311_key,
                    center_url=center_url,
                    tls=tls,
                    album=stills(city, with_problem=True),
                    places=places_of(city),
                    seed=seed_of(city),
                    every_s=_REPORT_EVERY_H * hour_s,
                ).work
            tasks["staff"] = Shift(
                everybody.staff,
                everybody.passwords,
                center_url=center_url,
                tls=tls,
                album=stills(city, with_problem=False),
                seed=seed_of(city),
                pace=Pace(hour_s=hour_s),
                places=places_of(city),
            ).work
        set_up("city")
        logging.getLogger("httpx").setLevel(logging.WARNING)  # httpx would log a line for each request
        await run_until_stopped(tasks)

    sys.exit(run_program(main))


if __name__ == "__main__":
    command()
