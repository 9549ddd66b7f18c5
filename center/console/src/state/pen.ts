/** The strokes of a signature pad, as shares of its width and height. Pure. */

export type Point = [number, number];
export type Stroke = Point[];

/** Points of one signature that are kept at most; the center takes 4,000 in a document. */
export const MAX_POINTS = 1000;
/** A movement that is shorter says nothing. */
const SHORTEST = 0.004;

const share = (value: number, whole: number): number => Math.round(Math.min(1, Math.max(0, value / whole)) * 1000) / 1000;

export const pointAt = (x: number, y: number, width: number, height: number): Point => [share(x, width), share(y, height)];

export const pointsIn = (strokes: readonly Stroke[]): number => strokes.reduce((sum, stroke) => sum + stroke.length, 0);

/** The strokes with one more point at the end of the last; the same ones if that is too near, or if there are enough. */
export function drawnTo(strokes: readonly Stroke[], point: Point): readonly Stroke[] {
  const last = strokes.at(-1);
  const end = last?.at(-1);
  if (last === undefined || end === undefined || pointsIn(strokes) >= MAX_POINTS) return strokes;
  if (Math.hypot(point[0] - end[0], point[1] - end[1]) < SHORTEST) return strokes;
  return [...strokes.slice(0, -1), [...last, point]];
}
