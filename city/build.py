"""Builds a city folder: the layers at once, the clips on all cores; the whole folder or nothing."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final

import cv2
import msgspec

from city import folder, rules
from city.errors import CityError
from city.film.clip import Camera, film
from city.film.scene import CLIP_S
from city.film.scenes import scenes

DEFAULT_SEED: Final = 20261124
_MARK: Final = "city.json"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of a finished folder. If they are the same again, nothing is built.

    Attributes:
        seed: the random seed.
        clip_s: length of the clips, seconds.
        program: digest of the program's source.
    """

    seed: int
    clip_s: float
    program: str


def build(
    out: Path,
    *,
    seed: int = DEFAULT_SEED,
    clip_s: float = CLIP_S,
    workers: int | None = None,
    tell: Callable[[str], None] = print,
) -> bool:
    """Make the city folder.

    Args:
        out: the folder; an older city there is replaced once the new one is complete.
        seed: the random seed.
        clip_s: seconds of each clip; shorter clips leave out later events.
        workers: processes that film at the same time; by default one for each core.
        tell: called with each line of progress.

    Returns:
        Whether anything was built.

    Raises:
        CityError: the folder cannot be written.
    """
    mark = Mark(seed=seed, clip_s=clip_s, program=_program())
    if _mark_of(out) == mark:
        tell(f"city: {out} is up to date")
        return False
    if out.exists() and any(out.iterdir()) and _mark_of(out) is None:
        raise CityError(f"{out} is not a city folder; give --out an empty or a new folder")
    started = time.monotonic()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise CityError(f"cannot write beside {out} ({error.strerror}); give --out another place") from None
    try:
        _fill(draft, seed=seed, clip_s=clip_s, workers=workers, tell=tell)
        (draft / _MARK).write_bytes(msgspec.json.encode(mark))
        draft.chmod(0o755)
        _put(draft, out)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    tell(f"city: built in {time.monotonic() - started:.0f} s")
    return True


def is_made(city: Path) -> bool:
    """Whether a folder is a finished city of this program, not a real city's layers."""
    return _mark_of(city) is not None


def seed_of(city: Path) -> int:
    """The seed of a finished city folder.

    Raises:
        CityError: there is no finished city.
    """
    mark = _mark_of(city)
    if mark is None:
        raise CityError(
            f"{city} is not a finished city folder; make one with: python -m city build --out {city}"
        )
    return mark.seed


def _fill(draft: Path, *, seed: int, clip_s: float, workers: int | None, tell: Callable[[str], None]) -> None:
    clips = draft / "clips"
    clips.mkdir()
    every = scenes(seed)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=workers or os.cpu_count(), mp_context=context) as pool:
        filming = [pool.submit(_film, seed, index, clips, clip_s) for index in range(len(every))]
        try:
            town = folder.plan(seed, every)
            folder.write_layers(town, every, draft)
            folder.write_devices(draft)
            folder.write_cameras(town, every, draft)
            cameras = [scene.camera for scene in every]
            rules.write(town.areas, draft, box=folder.BOX, cameras=cameras)
            folder.write_truth(town, every, draft, seed=seed, clip_s=clip_s)
            tell(
                f"city: {len(town.skeleton.streets)} streets, {len(town.cells)} grid cells, "
                f"{len(town.components)} components"
            )
            for done, future in enumerate(as_completed(filming), start=1):
                tell(f"city: filmed {future.result()}, {done} of {len(filming)}")

        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _film(seed: int, index: int, clips: Path, clip_s: float) -> str:
    """Film one scene, in a process of its own."""
    cv2.setNumThreads(1)
    camera = Camera(scenes(seed)[index])
    name = camera.scene.camera
    for _ in film(camera, clips / f"{name}.mp4", seconds=clip_s):
        pass
    return name


def _put(draft: Path, out: Path) -> None:
    """Replace the old folder by the finished draft."""
    if out.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
        out.rename(old / out.name)
        draft.rename(out)
        shutil.rmtree(old)
    else:
        draft.rename(out)


def _mark_of(out: Path) -> Mark | None:
    try:
        return msgspec.json.decode((out / _MARK).read_bytes(), type=Mark)
    except (OSError, msgspec.MsgspecError):
        return None


def _program() -> str:
    """A digest of the source that determines the city: a changed program builds the city again."""
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for file in sorted(root.rglob("*.py")):
        if file.is_relative_to(root / "people"):  # staff and fleet act in the city, but are not built
            continue
        digest.update(file.relative_to(root).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
