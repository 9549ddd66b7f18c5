/** How a thing moves on the screen between two fixes, so that it glides instead of jumping. */

/** A place in Web Mercator, 0 to 1 from the west and from the north. */
export interface Place {
  x: number;
  y: number;
}

/**
 * From where to where, when. Seconds are of one clock of the page.
 * `toDeg - fromDeg` is never more than half a turn.
 */
export interface Motion {
  from: Place;
  to: Place;
  startS: number;
  endS: number;
  fromDeg: number;
  toDeg: number;
}

const SHORTEST_S = 0.4;
const LONGEST_S = 6;
/** About 400 m at the equator: whatever moves further between two fixes is put there at once. */
const JUMP = 400 / 40_075_017;

export const standing = (at: Place, headingDeg: number): Motion => ({
  from: at,
  to: at,
  startS: 0,
  endS: 0,
  fromDeg: headingDeg,
  toDeg: headingDeg,
});

/**
 * The motion after a further fix.
 *
 * @param motion the one until now.
 * @param to the place of the fix.
 * @param headingDeg its heading; null keeps the last.
 * @param spanS seconds between this fix and the one before: as long the glide takes.
 * @param nowS now.
 */
export function onward(motion: Motion, to: Place, headingDeg: number | null, spanS: number, nowS: number): Motion {
  const now = at(motion, nowS);
  const headingNow = headingAt(motion, nowS);
  const toDeg = headingNow + turn(headingNow, headingDeg ?? motion.toDeg);
  if (Math.hypot(to.x - now.x, to.y - now.y) > JUMP) return standing(to, toDeg);
  const lastsS = Math.min(LONGEST_S, Math.max(SHORTEST_S, spanS));
  return { from: now, to, startS: nowS, endS: nowS + lastsS, fromDeg: headingNow, toDeg };
}

export function at(motion: Motion, nowS: number): Place {
  const part = done(motion, nowS);
  return {
    x: motion.from.x + (motion.to.x - motion.from.x) * part,
    y: motion.from.y + (motion.to.y - motion.from.y) * part,
  };
}

export const headingAt = (motion: Motion, nowS: number): number =>
  motion.fromDeg + (motion.toDeg - motion.fromDeg) * done(motion, nowS);

/** The shorter way to turn, degrees, -180 to 180. */
export const turn = (fromDeg: number, toDeg: number): number => ((((toDeg - fromDeg) % 360) + 540) % 360) - 180;

function done(motion: Motion, nowS: number): number {
  if (motion.endS <= motion.startS) return 1;
  return Math.min(1, Math.max(0, (nowS - motion.startS) / (motion.endS - motion.startS)));
}
