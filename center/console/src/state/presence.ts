/** Whether somebody is there: a session ends when nobody uses it, and what a page asks by itself is no use. */

/** A request within so long of a touch is asked for by somebody; the center is told of the others. */
const THERE_MS = 60_000;
const KEPT_EVERY_MS = 5_000;
const WARN_S = 120;
const KEY = "streetwarden-touched";

/** When the console was last touched, in this window or in another of the same browser. */
export class Presence {
  private own: number;
  private kept = 0;

  constructor(
    nowMs: number,
    private readonly shared: Pick<Storage, "getItem" | "setItem"> | null,
  ) {
    this.own = nowMs;
  }

  touch(nowMs: number): void {
    this.own = nowMs;
    if (nowMs - this.kept < KEPT_EVERY_MS) return;
    this.kept = nowMs;
    try {
      this.shared?.setItem(KEY, String(nowMs));
    } catch {
      // A browser may forbid it; then each window speaks for itself.
    }
  }

  touchedMs(nowMs: number): number {
    let other = 0;
    try {
      other = Number(this.shared?.getItem(KEY));
    } catch {
      other = 0;
    }
    return other > this.own && other <= nowMs ? other : this.own;
  }

  isThere(nowMs: number): boolean {
    return nowMs - this.touchedMs(nowMs) < THERE_MS;
  }

  /** When the session ends unless somebody touches the console, if that is soon; else null. */
  endsSoonMs(nowMs: number, idleS: number): number | null {
    const endMs = this.touchedMs(nowMs) + idleS * 1000;
    return endMs - nowMs <= Math.min(WARN_S, idleS / 2) * 1000 ? endMs : null;
  }
}

const storage = (): Storage | null => {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
};

export const presence = new Presence(Date.now(), storage());

/** Notice every touch; `onReturn` is called with the first after a pause, for the center to hear of it at once. */
export function noticeTouches(onReturn: () => void): void {
  const noticed = (): void => {
    const wasThere = presence.isThere(Date.now());
    presence.touch(Date.now());
    if (!wasThere) onReturn();
  };
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) addEventListener(kind, noticed, { passive: true, capture: true });
}
