"""Our packages have short names (`store`, `city`, …). Who else has one of them is named (ADR 0126)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Final

OURS: Final = frozenset(
    {
        "wire",
        "geo",
        "store",
        "cases",
        "casework",
        "detectors",
        "edge",
        "ingest",
        "center",
        "worker",
        "city",
        "program",
        "deploy",
        "bench",
    }
)
DISTRIBUTION: Final = "streetwarden"
_HERE: Final = Path(__file__).parents[1]


def shadowed(names: Iterable[str] = OURS, *, here: Path = _HERE) -> Iterator[str]:
    """Packages that Python would take from somewhere else than ours, each as `name at place`.

    It costs a look at a folder for each name, so that every start can afford it.
    """
    for name in sorted(names):
        spec = find_spec(name)
        places = [] if spec is None else list(spec.submodule_search_locations or [spec.origin or "nowhere"])
        if not any(Path(place).resolve() == (here / name).resolve() for place in places[:1]):
            yield f"{name} at {places[0] if places else 'no place at all'}"


def also_claimed(claims: Mapping[str, list[str]] | None = None) -> Iterator[str]:
    """Packages that another distribution has put into the same folder, each as `name by distribution`.

    Args:
        claims: import name → distributions; by default what is installed beside us.
    """
    claims = packages_distributions() if claims is None else claims
    for name in sorted(OURS):
        for other in sorted(set(claims.get(name, ())) - {DISTRIBUTION}):
            yield f"{name} by {other}"
