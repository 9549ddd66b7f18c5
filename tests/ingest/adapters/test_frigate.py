"""Frigate's messages as its versions 0.13 to 0.17 publish them."""

from __future__ import annotations

import pytest

from tests.ingest.adapters.test_adapters import FRIGATE, NOW, adapter, event, translate
from wire.messages import Incident, Phase

REVIEWER = adapter(
    reads="frigate",
    topics=["nvr/#"],
    cameras=[{"name": "gate", "lat": 24.9, "lon": 118.6}],
    labels=[{"label": "person", "type": "intrusion"}, {"label": "scream", "type": "noise"}],
)


def review(kind: str, **after: object) -> dict[str, object]:
    seen = {
        "id": "1718987129.308396-fqk5ka", "camera": "gate", "start_time": NOW, "end_time": None,
        "severity": "alert", "thumb_path": "/x.webp",
        "data": {"detections": ["1-a"], "objects": ["person-verified"], "sub_labels": ["Li"], "zones": []},
        **after,
    }  # fmt: skip
    return {"type": kind, "before": seen, "after": seen}


def test_reviews_of_a_type_that_a_later_version_adds_are_ignored() -> None:
    metadata = {"title": "t", "confidence": 0.9, "potential_threat_level": 1}
    genai = review("genai", end_time=NOW + 9, data={"objects": ["person"], "metadata": metadata})
    assert translate(REVIEWER, "nvr/reviews", genai) == []
    assert translate(REVIEWER, "nvr/reviews", {"type": "somethingnew", "after": 1}) == []


def test_a_review_with_a_description_is_read_as_before() -> None:
    described = review("end", end_time=NOW + 9, data={"objects": ["person"], "metadata": {"title": "t"}})
    ((_, ended),) = translate(REVIEWER, "nvr/reviews", described)
    assert isinstance(ended, Incident)
    assert (ended.phase, ended.observed_at) == (Phase.ENDED, NOW + 9)


def test_a_review_of_a_sound_or_of_an_unknown_severity_is_read() -> None:
    heard = review("new", severity="significant_motion", data={"objects": [], "audio": ["scream"]})
    ((_, begun),) = translate(REVIEWER, "nvr/reviews", heard)
    assert isinstance(begun, Incident)
    assert begun.type == "noise"


@pytest.mark.parametrize("sub_label", [None, "Li", ["Li", 0.87]])
def test_a_sub_label_in_each_of_its_forms_is_read(sub_label: object) -> None:
    newer = {
        "recognized_license_plate": ["ABC", 0.9],
        "current_attributes": [],
        "path_data": [[[0.5, 0.9], NOW]],
    }
    ((_, begun),) = translate(FRIGATE, "frigate/events", event("update", sub_label=sub_label, **newer))
    assert isinstance(begun, Incident)
    assert begun.type == "illegal_parking"


def test_an_end_that_comes_alone_is_told_whole() -> None:
    """The messages before it were lost: Frigate publishes with QoS 0."""
    ((_, ended),) = translate(FRIGATE, "frigate/events", event("end", end_time=NOW + 60))
    assert isinstance(ended, Incident)
    assert (ended.revision, ended.phase, ended.began_at) == (2, Phase.ENDED, NOW)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("nvr/available", b"online"),
        ("nvr/tracked_object_update", b'{"type": "lpr", "id": "1-a", "camera": "gate", "plate": "X"}'),
        ("nvr/gate/person", b"1"),
        ("nvr/gate/person/snapshot", b"\xff\xd8\xff\xd9"),
        ("nvr/stats", b"{}"),
    ],
)
def test_other_messages_are_ignored(topic: str, payload: bytes) -> None:
    assert translate(REVIEWER, topic, payload) == []


def test_a_score_that_is_not_known_yet_counts_as_none() -> None:
    ((_, begun),) = translate(FRIGATE, "frigate/events", event("new", top_score=None))
    assert isinstance(begun, Incident)
    assert begun.confidence == 0
