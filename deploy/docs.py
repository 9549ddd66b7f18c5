"""Generates pages from the code: topics, schemas, settings, metrics, API, workflows, tables, ADR index.

`scripts/docs` writes them; `scripts/docs --check` names stale pages, and fails if there are any.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from center.app import create_api
from center.openapi import describe as describe_api
from deploy.docs_adapters import examples_page
from deploy.docs_data_model import data_model_page
from deploy.docs_decisions import decisions_page
from deploy.docs_examples import examples
from deploy.docs_metrics import metrics_page
from deploy.docs_settings import settings_page
from deploy.docs_topics import schemas, topics_page
from deploy.docs_workflows import workflows_page

ROOT: Final = Path(__file__).parents[1]
SCHEMAS: Final = "docs/schemas"


def pages() -> Mapping[str, str]:
    """Every generated page, by its path below the checkout."""
    return {
        "docs/adapter-examples.md": examples_page(),
        "docs/topics.md": topics_page(),
        "docs/settings.md": settings_page(),
        "docs/metrics.md": metrics_page(),
        "docs/workflows.md": workflows_page(),
        "docs/data-model.md": data_model_page(),
        "docs/decisions/README.md": decisions_page(ROOT / "docs/decisions"),
        "docs/openapi.json": json.dumps(describe_api(create_api()), ensure_ascii=False, indent=2) + "\n",
        **{f"{SCHEMAS}/{name}": text for name, text in schemas().items()},
        **examples(),
    }


def stale(root: Path) -> list[str]:
    """Pages that are missing, differ from the code, or have no source any more."""
    wanted = pages()
    found = [path for path, text in wanted.items() if _read(root / path) != text]
    spare = [f"{SCHEMAS}/{file.name}" for file in (root / SCHEMAS).glob("*") if file.is_file()]
    return sorted({*found, *(path for path in spare if path not in wanted)})


def write(root: Path) -> list[str]:
    """Bring all pages up to date; those that changed."""
    changed = stale(root)
    wanted = pages()
    for path in changed:
        if path in wanted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(wanted[path], encoding="utf-8")
        else:
            (root / path).unlink()
    return changed


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if a page is stale.")
def command(*, check: bool) -> None:
    """Generate the pages of docs/ from the code."""
    if not check:
        for path in write(ROOT):
            click.echo(f"written: {path}")
        return
    found = stale(ROOT)
    for path in found:
        click.echo(f"stale: {path}", err=True)
    if found:
        click.echo("run scripts/docs, and commit what it writes", err=True)
        sys.exit(1)


if __name__ == "__main__":
    command()
