/** How often the map has to be drawn again while things move on it: as often as one could see, and no more. */

const FASTEST_HZ = 60;
const SLOWEST_HZ = 5;
/** Nobody sees a step of a quarter of a pixel. */
const STEP_PX = 0.25;

/** Pictures a second that a speed needs, pixels a second. */
export const neededHz = (fastestPxS: number): number =>
  Math.min(FASTEST_HZ, Math.max(SLOWEST_HZ, fastestPxS / STEP_PX));

/**
 * Says when the next picture is due. On a machine that can't keep up it asks for less than that machine can,
 * so that clicks are still answered.
 */
export class Pace {
  private lastMs = -Infinity;
  private costMs = 0;

  isDue(nowMs: number, wantedHz: number): boolean {
    const pauseMs = Math.max(1000 / wantedHz, this.costMs > 24 ? this.costMs * 3 : 0);
    // A frame comes a little early or late; half a frame of grace keeps the rhythm.
    if (nowMs - this.lastMs < pauseMs - 8) return false;
    this.lastMs = nowMs;
    return true;
  }

  /** Told how long the screen took for a picture, from being asked to being ready for the next. */
  took(ms: number): void {
    this.costMs = this.costMs * 0.9 + Math.min(ms, 400) * 0.1;
  }
}
