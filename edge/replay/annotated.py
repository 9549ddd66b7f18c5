"""Draws a replay: a video of all looks with their verdicts, and a contact sheet of the incidents."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
import cv2
import numpy as np

from detectors.drawing import draw_text, with_box
from detectors.look import Image
from detectors.observations import Observations, Verdict
from detectors.places import CoverPlace, Polygon, Zone
from detectors.watch import Report
from edge.replay.errors import ReplayError
from edge.replay.playback import ReplayedIncident

_WIDTH: Final = 960
_THUMB: Final = 320
_LOOKS_PER_S: Final = 8
_COLOURS: Final = {
    Verdict.OK: (90, 200, 90),
    Verdict.UNKNOWN: (160, 160, 160),
    Verdict.MISSING: (48, 48, 230),
    Verdict.OCCUPIED: (48, 48, 230),
}
_OTHER: Final = (40, 170, 240)


class AnnotatedVideo:
    """A video with one frame for each look, at most 960 px wide."""

    def __init__(self, file: Path, covers: Sequence[CoverPlace], zones: Sequence[Zone]) -> None:
        self._file = file
        self._outlines = {**{c.id: c.outline for c in covers}, **{z.id: z.outline for z in zones}}
        self._verdicts: dict[str, tuple[Verdict, float]] = {}
        self._container: av.container.OutputContainer | None = None
        self._stream: av.VideoStream | None = None
        self._frames = 0

    def __enter__(self) -> Self:
        try:
            self._file.touch()
            self._container = av.open(str(self._file), "w")
        except (OSError, ValueError) as error:
            raise ReplayError(
                f"cannot write {self._file} ({error}); give --draw the path of an .mp4"
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._container is not None
        if self._stream is not None:
            self._container.mux(self._stream.encode())
        self._container.close()

    def add(self, at_s: float, image: Image, report: Report) -> None:
        """Draw one look."""
        for table in (report.covers, report.zones):
            self._remember(table)
        drawn = image.copy()
        for place, outline in self._outlines.items():
            verdict, confidence = self._verdicts.get(place, (Verdict.UNKNOWN, 0.0))
            _outline(drawn, outline, verdict, f"{place} {verdict.name.lower()} {confidence:.2f}")
        if report.zones is not None:
            for row in report.zones.rows():
                if row.object_number and row.verdict is Verdict.OCCUPIED:
                    drawn = with_box(drawn, row.box_px, f"{row.place} no. {row.object_number}")
        health = report.health.fault or ("doubtful" if report.health.doubtful else "well")
        drawn = _fit(drawn, _WIDTH)
        draw_text(drawn, f"{at_s:7.1f} s  camera {health}", (8, 22), 0.55)
        self._write(drawn)

    def _remember(self, table: Observations | None) -> None:
        if table is not None:
            self._verdicts.update(
                {r.place: (r.verdict, r.confidence) for r in table.rows() if not r.object_number}
            )

    def _write(self, image: Image) -> None:
        assert self._container is not None
        if self._stream is None:
            self._stream = self._container.add_stream(
                "libx264", rate=_LOOKS_PER_S, options={"preset": "veryfast", "crf": "26", "threads": "1"}
            )
            self._stream.height, self._stream.width = image.shape[:2]
            self._stream.pix_fmt = "yuv420p"
            self._stream.time_base = Fraction(1, _LOOKS_PER_S)
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts = self._frames
        self._frames += 1
        self._container.mux(self._stream.encode(frame))


def contact_sheet(incidents: Sequence[ReplayedIncident], file: Path) -> None:
    """Write a picture with a row for each incident: before, at its beginning, at its end."""
    rows = []
    for incident in incidents:
        row = incident.begun.change.observation
        label = f"{incident.begun.kind} {incident.begun.change.observation.confidence:.2f}"
        before = incident.begun.before
        boxed = with_box(incident.begun.image, row.box_px, label, row.lies_px)
        cells = [
            _cell(before, "before"),
            _cell(boxed, f"told at {incident.at_s:.1f} s"),
            _cell(
                incident.ended.image if incident.ended else None, f"end told at {incident.ended_s or 0:.1f} s"
            ),
        ]
        rows.append(np.hstack(cells))
    if rows:
        cv2.imwrite(str(file), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 82])


def _cell(image: Image | None, label: str) -> Image:
    cell = np.full((_THUMB * 9 // 16, _THUMB, 3), 60, np.uint8)
    if image is not None:
        scale = min(cell.shape[1] / image.shape[1], cell.shape[0] / image.shape[0])
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        cell[: small.shape[0], : small.shape[1]] = small
        draw_text(cell, label, (5, 14), 0.4)
    return cell


def _fit(image: Image, width: int) -> Image:
    scale = min(1.0, width / image.shape[1])
    columns, rows = (2 * round(side * scale / 2) for side in (image.shape[1], image.shape[0]))
    return np.asarray(cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def _outline(image: Image, outline: Polygon, verdict: Verdict, label: str) -> None:
    colour = _COLOURS.get(verdict, _OTHER)
    corners = [np.round(outline).astype(np.int32)]
    cv2.polylines(image, corners, isClosed=True, color=colour, thickness=2, lineType=cv2.LINE_AA)
    left, bottom = int(outline[:, 0].min()), int(outline[:, 1].max())
    draw_text(image, label, (max(2, left), min(image.shape[0] - 4, bottom + 14)), 0.45)
