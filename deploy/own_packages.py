"""Our packages have short names (`store`, `city`, …); finds other packages with the same names (ADR 0126)."""

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
    """Packages that Python would import from elsewhere instead of ours, each as `name at place`.

    The check looks at one folder for each name, which is cheap enough for every start.
    """
    for name in sorted(names):
        spec = find_spec(name)
        places = [] if spec is None else list(spec.submodule_search_locations or [spec.origin or "nowhere"])
        if not any(Path(place).resolve() == (here / name).resolve() for place in places[:1]):
            yield f"{name} at {places[0] if places else 'no place at all'}"


def also_claimed(claims: Mapping[str, list[str]] | None = None) -> Iterator[str]:
    """Packages that another distribution has installed into the same folder, each as `name by distribution`.

    Args:
        claims: import name → distributions; default: those installed in this environment.
    """
    claims = packages_distributions() if claims is None else claims
    for name in sorted(OURS):
        for other in sorted(set(claims.get(name, ())) - {DISTRIBUTION}):
            yield f"{name} by {other}"
