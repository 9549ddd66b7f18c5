"""How the console does with many moving things, as JSON: `python -m tests.browser.measure_map --password …`.

The page is the real one, served by a real center; the live feed is replaced by one that sends N things, half
of which move in every delta, twice a second. Without a graphics card frames are reckoned by the processor;
what the page's own thread spends on a delta (decode, take in, make marks, send them to the card) depends on
that little.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import CDPSession, WebSocketRoute

from tests.browser.chromium import chromium

_LAT, _LON = 24.8005, 118.57
_SETTLE_MS = 8000
_COUNT_FRAMES = """() => {
    window.framesSeen = 0;
    const count = () => { window.framesSeen += 1; requestAnimationFrame(count); };
    requestAnimationFrame(count);
}"""
_DRAWN_BY = """() => {
    const gl = document.createElement("canvas").getContext("webgl2");
    const about = gl.getExtension("WEBGL_debug_renderer_info");
    return gl.getParameter(about ? about.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
}"""


def measure(url: str, login: str, password: str, *, things: int, seconds: float) -> dict[str, Any]:
    """Measure on a running center."""
    with chromium() as browser:
        page = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
        sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/api/v1/live", lambda socket: sockets.append(socket))  # noqa: PLW0108
        page.goto("/map")
        page.locator("input[name=login]").fill(login)
        page.locator("input[name=password]").fill(password)
        page.keyboard.press("Enter")
        page.locator("canvas.points").wait_for()
        while not sockets:
            page.wait_for_timeout(50)
        feed = sockets[-1]
        feed.send(json.dumps(_message("snapshot", range(things), 0.0)))
        page.wait_for_timeout(_SETTLE_MS)
        page.evaluate(_COUNT_FRAMES)
        developer = page.context.new_cdp_session(page)
        developer.send("Performance.enable")
        before = _figures(developer)
        began = time.monotonic()
        turn = 0
        while time.monotonic() - began < seconds:
            turn += 1
            feed.send(json.dumps(_message("delta", range(turn % 2, things, 2), turn * 0.5)))
            page.wait_for_timeout(500)
        spent_s = time.monotonic() - began
        after = _figures(developer)
        return {
            "things": things,
            "moved_per_delta": things // 2,
            "deltas": turn,
            "script_ms_per_delta": round(
                (after["ScriptDuration"] - before["ScriptDuration"]) * 1000 / turn, 1
            ),
            "thread_busy_share": round((after["TaskDuration"] - before["TaskDuration"]) / spent_s, 3),
            "heap_mib": round(after["JSHeapUsedSize"] / 2**20),
            "frames_per_s": round(page.evaluate("framesSeen") / spent_s, 1),
            "drawn_by": page.evaluate(_DRAWN_BY),
        }


def _figures(developer: CDPSession) -> dict[str, float]:
    """What Chromium counts of a page: seconds of script and of all tasks on its thread, bytes of its heap."""
    return {one["name"]: one["value"] for one in developer.send("Performance.getMetrics")["metrics"]}


def _message(kind: str, numbers: range, seconds: float) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    status = {
        "at": now, "devices": [], "messages_per_s": 1.0, "lag_p50_s": 0.1, "lag_p99_s": 0.2, "cases_open": 0,
        "cases_overdue": 0, "browsers": 1, "waiting": None,
    }  # fmt: skip
    entities = [_entity(number, seconds, now) for number in numbers]
    message = {
        "type": kind,
        "at": now,
        "entities": entities,
        "cases": [],
        "stills": [],
        "rule_events": [],
        "status": status,
    }
    return message if kind == "snapshot" else {**message, "gone": []}


def _entity(number: int, seconds: float, now: str) -> dict[str, Any]:
    angle = number * 2.399963 + seconds * 0.01
    reach = 0.012 * math.sqrt(number % 10_000 / 10_000)
    return {
        "key": f"vehicle/v{number}", "kind": "vehicle", "id": f"v{number}", "name": None,
        "entity_type": None, "district": "350582", "time": now, "received_at": now,
        "lat": _LAT + 0.6 * reach * math.sin(angle), "lon": _LON + reach * math.cos(angle),
        "speed_mps": 10.0, "heading_deg": math.degrees(angle) % 360, "accuracy_m": 3.0, "ignition": True,
    }  # fmt: skip


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8480")
    parser.add_argument("--login", default="operator")
    parser.add_argument("--password", required=True)
    parser.add_argument("--things", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    found = measure(given.url, given.login, given.password, things=given.things, seconds=given.seconds)
    json.dump(found, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
