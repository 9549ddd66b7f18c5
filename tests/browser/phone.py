"""A staff phone: a browser with a profile of its own, 360 px wide, with a place and a network that can go."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from playwright.sync_api import BrowserContext, BrowserType, Error, Page

from tests.browser.chromium import EXECUTABLE, FLAGS

SIZE: Final = (360, 740)


class Phone:
    """A browser whose profile outlives it.

    Args:
        kind: Playwright's Chromium.
        profile: the folder of the profile.
        url: of the center.
        place: latitude and longitude.
        offline: whether it starts without a network.
    """

    def __init__(
        self,
        kind: BrowserType,
        profile: Path,
        url: str,
        *,
        place: tuple[float, float],
        locale: str = "en-GB",
        offline: bool = False,
    ) -> None:
        self._profile = profile
        self.complaints: list[str] = []
        self.context: BrowserContext = kind.launch_persistent_context(
            str(profile),
            executable_path=EXECUTABLE,
            args=[*FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
            base_url=url,
            locale=locale,
            viewport={"width": SIZE[0], "height": SIZE[1]},
            has_touch=True,
            is_mobile=True,
            device_scale_factor=2,
            color_scheme="light",
            reduced_motion="reduce",
            geolocation={"latitude": place[0], "longitude": place[1], "accuracy": 8},
            permissions=["geolocation", "microphone"],
            offline=offline,
        )
        self.context.set_default_timeout(40_000)
        self.page: Page = self.context.pages[0]
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())

    def kill(self) -> None:
        """SIGKILL every process of this browser, as a phone does that runs out of memory."""
        for process in _processes(str(self._profile)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with suppress(Error):
            self.context.close()

    def close(self) -> None:
        """Close the browser."""
        self.context.close()


def _processes(profile: str) -> Sequence[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if profile.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found
