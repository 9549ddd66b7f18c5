"""`scripts/bench search` in its short form: few cases, every kind of question, and the alternatives."""

from __future__ import annotations

import pytest

from bench.search.command import measure

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


async def test_each_kind_of_question_finds_the_case_that_was_meant(database_url: str) -> None:
    found = await measure(
        database_url, cases=1500, components=100, asked=6, with_trial=True, say=lambda _: None
    )
    kinds = found["kinds"]
    for kind in (
        "whole number", "number with a wrong digit", "Chinese words", "Chinese, a wrong character",
        "Chinese, a missing character", "place",
    ):  # fmt: skip
        assert kinds[kind]["found"] == 1.0, kind
    assert found["found"] > 0.9
    trial = {way: figures["kinds"] for way, figures in found["trial"].items()}
    assert trial["pairs"]["two Chinese characters"]["found"] == 1.0
    assert trial["full text"]["two Chinese characters"]["found"] == 0.0, "no words without spaces"
    assert trial["pairs"]["Chinese words"]["found"] == 1.0
