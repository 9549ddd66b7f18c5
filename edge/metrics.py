"""Every metric of the edge, defined once, with its meaning; `docs/metrics.md` is generated from here.

The label `camera` is bounded: its values are the ids of the settings, 64 at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.outbox import Level
from edge.state import State
from wire.messages import ReceiptOutcome

_WAIT_BOUNDS_S: Final = (0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraReading:
    """The values of one camera for a scrape.

    Attributes:
        camera: its id.
        state: in one word.
        restarts: of its workers, by worker.
        left_behind: number of abandoned threads that still hang.
        keyframe_gap_s: seconds between keyframes; None if not measured.
        decodes_all: whether every frame is decoded.
        seen_at: when its last picture was taken, seconds since the epoch; None without one.
    """

    camera: str
    state: State
    restarts: dict[str, int]
    left_behind: int
    keyframe_gap_s: float | None
    decodes_all: bool
    seen_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxReading:
    """The values of the rest of the box for a scrape.

    Attributes:
        outbox: its fill level.
        given_up: messages lost because the outbox was full or its file was damaged.
        stripped: messages whose pictures were deleted because the outbox was full.
        open_incidents: incidents that have begun and not ended.
        connected: whether the broker connection is up.
        storing: whether the box's file accepts writes.
        storage_failures: failed attempts to open or write it.
        damaged_files: damaged files that were set aside and still exist.
        now: seconds since the epoch.
    """

    outbox: Level
    given_up: int
    stripped: int
    open_incidents: int
    connected: bool
    storing: bool
    storage_failures: int
    damaged_files: int
    now: float


class Metrics:
    """The metrics that the edge exports.

    Args:
        registry: takes the metrics.
        cameras: reads all cameras.
        box: reads the rest.
    """

    def __init__(
        self,
        *,
        registry: CollectorRegistry,
        cameras: Callable[[], Sequence[CameraReading]],
        box: Callable[[], BoxReading],
    ) -> None:
        self.looks = Counter(
            "streetwarden_edge_looks",
            "Looks that were due, by result: done; skipped (the box could not keep up, and a "
            "newer picture replaced it); unreadable (the picture could not be decoded).",
            ["camera", "outcome"],
            registry=registry,
        )
        self.decode = Counter(
            "streetwarden_edge_decode_seconds",
            "Seconds spent on decoding the analysed pictures.",
            ["camera"],
            registry=registry,
        )
        self.analysis = Counter(
            "streetwarden_edge_analysis_seconds",
            "Seconds spent in the detectors.",
            ["camera"],
            registry=registry,
        )
        self.wait = Histogram(
            "streetwarden_edge_turn_wait_seconds",
            "Age of a captured frame when its analysis began, seconds; it grows if the box cannot keep up.",
            buckets=_WAIT_BOUNDS_S,
            registry=registry,
        )
        self.incidents = Counter(
            "streetwarden_edge_incidents",
            "Incident messages put into the outbox, by type and phase.",
            ["type", "phase"],
            registry=registry,
        )
        self.recognitions = Counter(
            "streetwarden_edge_recognitions",
            "Questions to the box's detection model: answered; over_budget (it was not asked, so that what "
            "it might have refused begins); failed (likewise).",
            ["camera", "outcome"],
            registry=registry,
        )
        self.recognition_seconds = Counter(
            "streetwarden_edge_recognition_seconds",
            "Seconds spent in the box's detection model.",
            ["camera"],
            registry=registry,
        )
        self.refusals = Counter(
            "streetwarden_edge_refusals",
            "Incidents that did not begin because of a model's word: what it called the object, or what "
            "stood on the cover; `veto` for the model of `[veto]`.",
            ["camera", "word"],
            registry=registry,
        )
        self.model_up = Gauge(
            "streetwarden_edge_model_up",
            "1 while the box's detection model is loaded and answers; 0 if it is switched off, cannot be "
            "loaded, or failed at the last question.",
            registry=registry,
        )
        self.model_enabled = Gauge(
            "streetwarden_edge_model_enabled",
            "1 if the settings ask for the box's detection model; 0 if it is switched off.",
            registry=registry,
        )
        self.vetoes = Counter(
            "streetwarden_edge_vetoes",
            "Answers of the model of `[veto]` about objects whose incident was about to begin: let; refused "
            "(it is not what the zone looks for); failed (no answer, so the incident began).",
            ["camera", "outcome"],
            registry=registry,
        )
        self.veto_seconds = Counter(
            "streetwarden_edge_veto_seconds", "Seconds spent in the model of `[veto]`.", registry=registry
        )
        self.sent = Counter(
            "streetwarden_edge_messages_sent",
            "Incident messages sent to the broker, repeated ones included.",
            registry=registry,
        )
        self.receipts = Counter(
            "streetwarden_edge_receipts",
            "Receipts of the centre, by outcome; `unknown` is a receipt for a message that "
            "does not wait here.",
            ["outcome"],
            registry=registry,
        )
        for outcome in (*ReceiptOutcome, "unknown"):
            self.receipts.labels(outcome)
        self.stills = Counter(
            "streetwarden_edge_stills", "Stills sent to the broker.", ["camera"], registry=registry
        )
        self.frames_refused = Counter(
            "streetwarden_edge_frames_refused",
            "Messages on a camera's frame topic that are not frames.",
            ["camera"],
            registry=registry,
        )
        self.broker_up = Gauge(
            "streetwarden_edge_broker_connected", "1 while connected to the broker.", registry=registry
        )
        self.broker_up.set_function(lambda: float(box().connected))
        registry.register(_Readings(cameras, box))


class _Readings(Collector):
    """The metrics that are read at each scrape."""

    def __init__(self, cameras: Callable[[], Sequence[CameraReading]], box: Callable[[], BoxReading]) -> None:
        self._cameras = cameras
        self._box = box

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        yield from self._of_cameras()
        yield from self._of_box()

    def _of_cameras(self) -> Iterable[Metric]:
        state = GaugeMetricFamily(
            "streetwarden_edge_camera_state",
            "1 for the present state of the camera.",
            labels=["camera", "state"],
        )
        restarts = CounterMetricFamily(
            "streetwarden_edge_worker_restarts",
            "Times that a camera's worker failed or hung and was replaced.",
            labels=["camera", "worker"],
        )
        left_behind = GaugeMetricFamily(
            "streetwarden_edge_workers_left_behind",
            "Threads that still hang after they were replaced.",
            labels=["camera"],
        )
        gap = GaugeMetricFamily(
            "streetwarden_edge_keyframe_gap_seconds",
            "The longest of the last gaps between a video's keyframes, seconds.",
            labels=["camera"],
        )
        decodes_all = GaugeMetricFamily(
            "streetwarden_edge_decodes_all_frames",
            "1 while every frame of the camera has to be decoded, because its keyframes come too rarely or "
            "cannot be decoded alone.",
            labels=["camera"],
        )
        seen = GaugeMetricFamily(
            "streetwarden_edge_last_picture_timestamp_seconds",
            "When the camera's last picture was taken, seconds since the epoch.",
            labels=["camera"],
        )
        for reading in self._cameras():
            for each in State:
                state.add_metric([reading.camera, each], float(each is reading.state))
            for worker, count in reading.restarts.items():
                restarts.add_metric([reading.camera, worker], count)
            left_behind.add_metric([reading.camera], reading.left_behind)
            decodes_all.add_metric([reading.camera], float(reading.decodes_all))
            if reading.keyframe_gap_s is not None:
                gap.add_metric([reading.camera], reading.keyframe_gap_s)
            if reading.seen_at is not None:
                seen.add_metric([reading.camera], reading.seen_at)
        yield from (state, restarts, left_behind, gap, decodes_all, seen)

    def _of_box(self) -> Iterable[Metric]:
        box = self._box()
        yield GaugeMetricFamily(
            "streetwarden_edge_outbox_messages",
            "Incident messages that wait for the centre's receipt.",
            value=box.outbox.messages,
        )
        yield GaugeMetricFamily(
            "streetwarden_edge_outbox_bytes", "Bytes that wait in the outbox.", value=box.outbox.size
        )
        yield GaugeMetricFamily(
            "streetwarden_edge_outbox_oldest_seconds",
            "Age of the oldest waiting message, seconds; 0 if none waits.",
            value=box.outbox.oldest_s,
        )
        yield GaugeMetricFamily(
            "streetwarden_edge_refused_messages",
            "Incident messages that the centre refused, kept on the box with the reason.",
            value=box.outbox.refused,
        )
        given_up = CounterMetricFamily(
            "streetwarden_edge_outbox_given_up",
            "Pictures of messages, or whole messages, that were deleted because there was no room or lost "
            "in a damaged file.",
            labels=["what"],
        )
        given_up.add_metric(["pictures"], box.stripped)
        given_up.add_metric(["message"], box.given_up)
        yield given_up
        yield GaugeMetricFamily(
            "streetwarden_edge_storage_up",
            "1 while the box's file accepts writes; at 0 new data stay in memory and are sent from there.",
            value=float(box.storing),
        )
        yield CounterMetricFamily(
            "streetwarden_edge_storage_failures",
            "Failed attempts to open or write the box's file.",
            value=box.storage_failures,
        )
        yield GaugeMetricFamily(
            "streetwarden_edge_unstored_messages",
            "Incident messages that wait in memory only, because the disk has not accepted them.",
            value=box.outbox.in_memory,
        )
        yield GaugeMetricFamily(
            "streetwarden_edge_damaged_files",
            "Damaged files of the box that were set aside and not removed yet.",
            value=box.damaged_files,
        )
        yield GaugeMetricFamily(
            "streetwarden_edge_clock_timestamp_seconds",
            "The box's clock, seconds since the epoch; compare it with the time of the scrape.",
            value=box.now,
        )
        yield GaugeMetricFamily(
            "streetwarden_edge_open_incidents",
            "Incidents that have begun and not ended.",
            value=box.open_incidents,
        )
