"""The result of a replay: as one JSON object, and as sentences."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from detectors.watch import Refusal
from edge.camera_settings import Camera
from edge.replay.playback import Replay, ReplayedIncident, SamplingPhase, in_order
from edge.replay.score import Reported, Truth, score

_TOTALS: Final = ("found", "missed", "false", "doubled")


def summary_of(
    video: Path, camera: Camera, result: Replay, truths: list[Truth] | None, *, cues: bool = False
) -> dict[str, Any]:
    """The result as one JSON object; with `cues` each incident has the figures that decided it."""
    phases = [_phase(phase, truths, cues=cues) for phase in result.phases]
    summary: dict[str, Any] = {
        "video": video.name,
        "camera": camera.id,
        "seconds": round(result.seconds, 1),
        "times_real_time": round(result.seconds / max(result.wall_s, 1e-6), 1),
        "keyframe_gap_s": result.keyframe_gap_s,
        "every_frame_decoded": result.decodes_all,
        "phases": phases,
    }
    if len(phases) == 1:
        summary["cpu_ms_per_camera_second"] = round(1000 * result.cpu_s / max(result.seconds, 1e-6), 2)
    if truths is not None:
        summary["score"] = {total: sum(one["score"][total] for one in phases) for total in _TOTALS}
        summary["worst_phase"] = min(
            phases, key=lambda one: one["score"]["found"] - one["score"]["false"] - one["score"]["doubled"]
        )["shift_s"]
    return summary


def in_words(summary: dict[str, Any]) -> str:
    """The result for people, one line for each incident."""
    speed = f"{summary['seconds']} s watched at {summary['times_real_time']} times real time"
    lines = [f"{summary['video']}, camera {summary['camera']}: {speed}"]
    lines += [f"warning: {text}" for text in summary.get("warnings", ())]
    for phase in summary["phases"]:
        lines.append(f"looks from {phase['shift_s']} s on ({phase['looks']}):")
        for one in phase["incidents"]:
            end = "still open" if one["end_told_s"] is None else f"ended {one['end_told_s']} s"
            box = ", ".join(f"{edge:.0f}" for edge in one["box_px"])
            like = f", looks like {one['recognised']}" if one["recognised"] is not None else ""
            what = f"{one['kind']} at {one['place']}{like}, since {one['since_s']} s, {end}"
            lines.append(f"  {one['told_s']:8.1f} s  {what}, confidence {one['confidence']:.2f}, box {box}")
            if "cues" in one:
                figures = ", ".join(f"{name} {value:g}" for name, value in one["cues"].items())
                lines.append(f"              cues: {figures}")
        if not phase["incidents"]:
            lines.append("  no incident")
        for one in phase["refused"]:
            box = ", ".join(f"{edge:.0f}" for edge in one["box_px"])
            why = f"looks like {one['recognised']}, {one['score']:.2f}" if one["recognised"] else "by [veto]"
            lines.append(f"  {one['at_s']:8.1f} s  no {one['kind']} at {one['place']}: {why}, box {box}")
        if phase["camera_faults"]:
            lines.append(f"  camera faults, looks: {phase['camera_faults']}")
        if "score" in phase:
            of = phase["score"]
            lines.append("  " + ", ".join(f"{of[total]} {total}" for total in _TOTALS))
    return "\n".join(lines)


def _phase(phase: SamplingPhase, truths: list[Truth] | None, *, cues: bool) -> dict[str, Any]:
    incidents = list(in_order(phase))
    outcome: dict[str, Any] = {
        "shift_s": round(phase.shift_s, 3),
        "looks": phase.looks,
        "analysis_ms_per_look": round(1000 * phase.analysis_s / max(1, phase.looks), 2),
        "camera_faults": phase.faults,
        "incidents": [_incident(incident, cues=cues) for incident in incidents],
        "refused": [_refusal(at_s, refusal) for at_s, refusal in phase.refusals],
    }
    if truths is not None:
        outcome["score"] = asdict(score(truths, [reported(incident) for incident in incidents]))
    return outcome


def _incident(incident: ReplayedIncident, *, cues: bool) -> dict[str, Any]:
    row = incident.begun.change.observation
    outcome: dict[str, Any] = {
        "kind": incident.begun.kind,
        "place": row.place,
        "told_s": round(incident.at_s, 2),
        "since_s": round(incident.begun.change.since_s, 2),
        "end_told_s": None if incident.ended_s is None else round(incident.ended_s, 2),
        "confidence": round(row.confidence, 3),
        "box_px": [round(edge, 1) for edge in row.box_px],
        "lies_px": None if row.lies_px is None else [round(edge, 1) for edge in row.lies_px],
        "recognised": incident.begun.word.name if incident.begun.word is not None else None,
    }
    if cues:
        outcome["cues"] = {name: round(value, 3) for name, value in row.cues.items()}
    return outcome


def _refusal(at_s: float, refusal: Refusal) -> dict[str, Any]:
    word = refusal.word
    return {
        "kind": refusal.kind,
        "place": refusal.observation.place,
        "at_s": round(at_s, 2),
        "recognised": word.name if word is not None else None,
        "score": round(word.score, 2) if word is not None else None,
        "box_px": [round(edge, 1) for edge in refusal.observation.box_px],
    }


def reported(incident: ReplayedIncident) -> Reported:
    """An incident in the form that is scored."""
    return Reported(
        kind=incident.begun.kind,
        at_s=incident.at_s,
        ended_s=incident.ended_s,
        box=incident.begun.change.observation.box_px,
    )
