"""The documents match the code: an undocumented setting, metric or topic fails here."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from deploy import docs
from deploy.docs_hints import description, structs
from deploy.docs_metrics import metrics_of
from deploy.docs_settings import PROGRAMS, meaning_of, settings_page, tables_of
from deploy.docs_topics import MESSAGES, meanings, schema_of, topics_page
from wire import codec, messages
from wire.topics import Kind, Stream

ROOT = docs.ROOT
OURS = ("bench", "center", "city", "deploy", "edge", "geo", "ingest", "program", "scripts", "store")


def texts(*folders: str) -> Iterator[tuple[Path, str]]:
    """Every string in the Python files, and every shell script whole."""
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*")):
            if "node_modules" in file.parts or not file.is_file():
                continue
            if file.suffix == ".py":
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield file, node.value
            elif folder == "scripts":
                yield file, file.read_text(encoding="utf-8")


def test_the_pages_are_what_the_code_says_now() -> None:
    assert docs.stale(ROOT) == [], "run scripts/docs, and commit what it writes"


def test_a_stale_missing_or_left_over_page_is_named_and_corrected(tmp_path: Path) -> None:
    assert set(docs.write(tmp_path)) == set(docs.pages())
    assert docs.stale(tmp_path) == []
    (tmp_path / "docs/topics.md").write_text("old", encoding="utf-8")
    (tmp_path / "docs/settings.md").unlink()
    (tmp_path / "docs/schemas/weather.schema.json").write_text("{}", encoding="utf-8")
    wrong = ["docs/schemas/weather.schema.json", "docs/settings.md", "docs/topics.md"]
    assert docs.stale(tmp_path) == wrong
    assert docs.write(tmp_path) == wrong
    assert docs.stale(tmp_path) == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_setting_says_what_it_does(program: str) -> None:
    page = settings_page()
    for setting in tables_of(PROGRAMS[program]):
        said = meaning_of(setting) or " ".join(kind.__doc__ or "" for kind in structs(setting.hint))
        assert len(said) > 5, f"{'.'.join(setting.path)} has no description in its Meta"
        assert meaning_of(setting).replace("|", "\\|") in page


def test_every_environment_variable_that_the_code_names_is_documented() -> None:
    """But those that a benchmark sets for its own processes."""
    pages = (ROOT / "docs" / "settings.md", ROOT / "deploy" / "example.env")
    written = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    named = {
        (str(file.relative_to(ROOT)), name)
        for file, text in texts(*OURS)
        for name in re.findall(r"STREETWARDEN_(?!BENCH_)[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_{])", text)
    }
    assert sorted({(name, file) for file, name in named if name not in written}) == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_metric_that_the_code_names_is_documented(program: str) -> None:
    known = {
        name for entry in metrics_of(program) for name in (entry.name, entry.name.removesuffix("_total"))
    }
    named = {
        name
        for _, text in texts(program)
        for name in re.findall(rf"\bstreetwarden_{program}_[a-z_]*[a-z]\b", text)
    }
    assert named
    assert sorted(named - known) == []
    for entry in metrics_of(program):
        assert len(entry.meaning) > 10, entry.name


def test_no_metric_is_labelled_with_whoever_moves() -> None:
    labels = {label for program in PROGRAMS for entry in metrics_of(program) for label in entry.labels}
    assert not labels & {"id", "entity", "vehicle", "person", "topic", "speaker"}


def test_every_topic_and_message_is_documented() -> None:
    page = topics_page()
    assert set(MESSAGES) == set(Stream) == set(codec.PAYLOAD_TYPES)
    for word in (*Kind, *Stream):
        assert f"`{word}`" in page
    for stream in Stream:
        assert f"(schemas/{stream}.schema.json)" in page


@pytest.mark.parametrize("kind", [*MESSAGES.values(), messages.Picture])
def test_every_field_says_what_it_means(kind: type[msgspec.Struct]) -> None:
    hints = get_type_hints(kind, include_extras=True)
    told = meanings(kind)
    assert set(told) <= set(hints), "the docstring speaks of fields that are not there"
    silent = [name for name, hint in hints.items() if not (told.get(name) or description(hint))]
    assert silent == []


@pytest.mark.parametrize("stream", Stream)
def test_every_schema_is_valid_and_lies_where_the_page_says(stream: Stream) -> None:
    schema = schema_of(stream)
    jsonschema.Draft202012Validator.check_schema(schema)
    file = ROOT / docs.SCHEMAS / f"{stream}.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == schema
