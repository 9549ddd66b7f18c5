"""The page of examples has every adapter, and its translations are ingest's."""

from __future__ import annotations

import pytest

from deploy.docs_adapters import EXAMPLES, Example, examples_page, tried, unshown


def test_every_adapter_and_every_shipped_mapping_has_an_example() -> None:
    assert unshown() == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_an_example_shows_rows_and_nothing_that_its_settings_do_not_read(example: Example) -> None:
    fates = [outcome.fate for outcome in tried(example)]
    assert fates[0] == "read", "the first message of each is one that is stored"
    assert "unknown topic" not in fates
    assert not [outcome for outcome in tried(example) if outcome.fate == "read" and outcome.reasons]


def test_the_page_shows_what_is_refused_with_the_reason() -> None:
    assert "Refused: payload: meshtastic: encrypted protocol buffers" in examples_page()
