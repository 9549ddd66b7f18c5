"""The files of a city folder: layers, devices, the edge's camera configuration, and the ground truth."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from shapely import Point

from city.film.scene import FRAMES_PER_S, Event, Scene
from city.roster import roster
from city.town import furniture, ground, layers, sites, streets
from city.town.codes import CODE_SET
from city.town.furniture import Component
from city.town.names import Names
from city.town.plane import DISTRICT, HOME
from city.town.sites import Site

BOX: Final = "box-1"
"""The edge box of the cameras; for the broker a device like any other."""

DWELL_S: Final = 30.0
"""Seconds that an object must stay in a zone before it counts: shorter than any event in the scenes, longer
than anybody stops to talk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The data of the folder's layers."""

    skeleton: streets.Skeleton
    cells: Sequence[ground.Cell]
    areas: Sequence[ground.Area]
    sites: Sequence[Site]
    components: Sequence[Component]


def plan(seed: int, scenes: Sequence[Scene]) -> Town:
    """Plan the town of a seed, with a place for each scene's camera."""
    source = random.Random(f"{seed}/town")
    names = Names(source)
    skeleton = streets.draw(source, names)
    cells = ground.cells(skeleton)
    areas = ground.areas(skeleton, cells, source, names)
    chosen = sites.choose(skeleton.streets, areas, [scene.street.near_kerb_y for scene in scenes])
    marked = [
        site.place(x, y) for scene, site in zip(scenes, chosen, strict=True) for x, y in scene.street.covers
    ]
    components = furniture.components(skeleton, source, marked)
    return Town(skeleton=skeleton, cells=cells, areas=areas, sites=chosen, components=components)


def write_layers(town: Town, scenes: Sequence[Scene], folder: Path) -> None:
    """Write the five GeoJSON layers."""
    layers.write(
        folder / "areas.geojson",
        (
            layers.feature(
                area.polygon, **{"class": area.area_class}, name=area.name.chinese, name_en=area.name.english
            )
            for area in town.areas
        ),
    )
    layers.write(
        folder / "streets.geojson",
        (
            layers.feature(
                street.line, **{"class": street.street_class}, name=street.name.chinese,
                name_en=street.name.english, width_m=street.width_m, bridge=street.bridge or None,
            )
            for street in town.skeleton.streets
        ),
    )  # fmt: skip
    layers.write(
        folder / "grid.geojson",
        (
            layers.feature(cell.polygon, code=cell.code, district=DISTRICT, name=cell.name)
            for cell in town.cells
        ),
    )
    layers.write(
        folder / "components.geojson",
        (
            layers.feature(
                Point(part.x, part.y), code=part.code, code_set=CODE_SET, **{"class": part.component_class},
                name=part.name.chinese, name_en=part.name.english,
            )
            for part in town.components
        ),
    )  # fmt: skip
    layers.write(
        folder / "cameras.geojson",
        (
            layers.feature(
                Point(site.x, site.y), camera=scene.camera, district=DISTRICT,
                name=f"{site.street.name.chinese}监控点", name_en=f"{site.street.name.english} camera",
                heading_deg=round(site.heading_deg(scene.view.yaw_deg), 1),
            )
            for scene, site in zip(scenes, town.sites, strict=True)
        ),
    )  # fmt: skip


def write_devices(folder: Path) -> None:
    """Write the list of devices at the broker."""
    users = [device.user for device in roster()] + [f"box/{BOX}"]
    entries = [{"user": user, "district": DISTRICT} for user in users]
    (folder / "devices.json").write_bytes(msgspec.json.format(msgspec.json.encode(entries)))


def write_cameras(town: Town, scenes: Sequence[Scene], folder: Path) -> None:
    """Write what an installer would measure and enter for the edge: marked covers and zones."""
    lines = ["# Cameras, marked covers and zones of the simulated city, for the edge box, in pixels."]
    codes = iter(town.components)
    for scene, site in zip(scenes, town.sites, strict=True):
        lat, lon = HOME.degrees(site.x, site.y)
        lines += [
            "", "[[camera]]", f'id = "{scene.camera}"', f'source = "file:clips/{scene.camera}.mp4"',
            f"lat = {lat:.6f}", f"lon = {lon:.6f}", "loop = true",
            "ground = [", *(_mark(pixel, site.place(*place)) for pixel, place in scene.ground_marks()), "]",
        ]  # fmt: skip
        for index, name in enumerate(scene.covers):
            component = next(codes)
            place = HOME.degrees(component.x, component.y)
            lines += [
                "", "[[camera.cover]]", f'id = "{name}"', f'component = "{component.code}"',
                f"lat = {place[0]:.6f}", f"lon = {place[1]:.6f}",
                f"polygon_px = {_pixels(scene.cover_outline(index).tolist())}",
            ]  # fmt: skip
        for zone in scene.zones:
            lines += [
                "", "[[camera.zone]]", f'id = "{zone.id}"', f'detects = "{zone.detects}"',
                f"dwell_s = {DWELL_S:g}",
                f"polygon_px = {_pixels(scene.zone_outline(zone).tolist())}",
            ]  # fmt: skip
    (folder / "edge-cameras.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_truth(town: Town, scenes: Sequence[Scene], folder: Path, *, seed: int, clip_s: float) -> None:
    """Write the ground truth, for tests; neither the edge nor its configuration uses this file."""
    codes = {
        (scene.camera, name): component
        for (scene, name), component in zip(
            ((scene, name) for scene in scenes for name in scene.covers), town.components, strict=False
        )
    }
    events = [
        _truth(event, scene, site, codes.get((scene.camera, event.where)))
        for scene, site in zip(scenes, town.sites, strict=True)
        for event in scene.events
    ]
    cameras = [
        {
            "camera": scene.camera,
            "clip": f"clips/{scene.camera}.mp4",
            "clip_s": clip_s,
            "frames_per_s": FRAMES_PER_S,
            "width_px": scene.view.width_px,
            "height_px": scene.view.height_px,
        }
        for scene in scenes
    ]
    truth = {"seed": seed, "cameras": cameras, "events": events}
    (folder / "truth.json").write_bytes(msgspec.json.format(msgspec.json.encode(truth)))


def _truth(event: Event, scene: Scene, site: Site, component: Component | None) -> dict[str, Any]:
    lat, lon = HOME.degrees(*site.place(event.x, event.y))
    where = {"cover": event.where} if event.type == "cover_missing" else {"zone": event.where}
    if component is not None:
        where["component"] = component.code
    return {
        "camera": scene.camera,
        "type": event.type,
        **where,
        "lat": round(lat, 6),
        "lon": round(lon, 6),
        "box_px": scene.box_px(event),
        "begins_s": event.begins_s,
        "ends_s": event.ends_s,
    }


def _pixels(points: list[list[float]]) -> str:
    return "[" + ", ".join(f"[{x:.1f}, {y:.1f}]" for x, y in points) + "]"


def _mark(pixel: tuple[float, float], place: tuple[float, float]) -> str:
    lat, lon = HOME.degrees(*place)
    return f"  {{ px = [{pixel[0]:.1f}, {pixel[1]:.1f}], lat = {lat:.7f}, lon = {lon:.7f} }},"
