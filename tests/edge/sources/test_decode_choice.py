"""Only keyframes are decoded if they come often enough and can be decoded alone; otherwise every frame is."""

from __future__ import annotations

from edge.sources.decode_choice import Decode, DecodeChoice
from edge.sources.keyframes import KeyframeIntervals

GAP_S = 2.0


class Stream:
    """Keyframes each two seconds; some can be decoded alone."""

    def __init__(self, setting: Decode = "auto", longest_gap_s: float = 6.0) -> None:
        self.keyframes = KeyframeIntervals(lambda: longest_gap_s)
        self.choice = DecodeChoice(setting, self.keyframes)
        self.now = 0.0
        self.tried = 0
        self.choice.begin()

    def send(self, keyframes: int, *, whole: bool = True, looked_at: bool = True) -> None:
        for _ in range(keyframes):
            self.keyframes.observe(self.now, is_keyframe=True)
            self.choice.at_keyframe(self.now, lambda: self._try(whole=whole))
            if not self.choice.decodes_all and looked_at:
                self.choice.decoded(whole=whole)
            self.now += GAP_S

    def decodes_all(self) -> bool:
        return self.choice.decodes_all

    def _try(self, *, whole: bool) -> bool:
        self.tried += 1
        return whole


def test_keyframes_are_tried_before_any_frame_is_left_out() -> None:
    stream = Stream()
    stream.send(2)
    assert stream.decodes_all()
    stream.send(1)
    assert not stream.decodes_all()
    assert stream.tried == 2


def test_keyframes_that_cannot_be_decoded_alone_are_not_relied_upon() -> None:
    stream = Stream()
    stream.send(1)  # the first one of intra refresh is whole
    stream.send(300, whole=False)
    assert stream.decodes_all()
    assert stream.choice.standalone is False
    assert stream.tried <= 4  # in ten minutes: a trial is a decoded picture more


def test_one_whole_keyframe_among_others_is_not_relied_upon() -> None:
    stream = Stream()
    for _ in range(100):
        stream.send(1)
        stream.send(7, whole=False)
    assert stream.decodes_all()


def test_keyframes_that_fail_later_end_decoding_keyframes_only_after_three_looks() -> None:
    stream = Stream()
    stream.send(10)
    stream.send(3, whole=False)
    assert not stream.decodes_all()
    stream.send(1, whole=False)
    assert stream.decodes_all()


def test_keyframes_that_can_be_decoded_again_are_found_by_trial() -> None:
    stream = Stream()
    stream.send(10)
    stream.send(10, whole=False)
    assert stream.decodes_all()
    stream.send(40)
    assert not stream.decodes_all()


def test_one_damaged_keyframe_changes_nothing() -> None:
    stream = Stream()
    stream.send(10)
    for _ in range(20):
        stream.send(2, whole=False)
        stream.send(1)
    assert not stream.decodes_all()


def test_rare_keyframes_are_not_tried() -> None:
    stream = Stream(longest_gap_s=1.5)
    stream.send(20)
    assert stream.decodes_all()
    assert stream.tried == 0


def test_a_setting_is_kept_and_its_failure_known() -> None:
    stream = Stream("keyframes")
    stream.send(20, whole=False)
    assert not stream.decodes_all()
    assert stream.choice.standalone is False
    stream = Stream("all")
    stream.send(20)
    assert stream.decodes_all()


def test_a_looping_file_keeps_its_incidents() -> None:
    stream = Stream()
    stream.send(10)
    stream.keyframes.restart()
    stream.choice.begin()
    assert not stream.decodes_all()
