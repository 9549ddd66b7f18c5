/** Where something has been in a period, from the center's answers. Pure. */

import type { FeatureCollection, Position } from "geojson";
import type { HistoryGap, HistoryLeg, RuleEvent, SpeedBucket } from "../api/types";

export interface Period {
  begin: Date;
  end: Date;
}

/** A path as the center sends it: places and, beside each, its time in ms. */
export interface Path {
  places: Position[];
  timesMs: number[];
}

/** A part of a path: known, or the straight line over a silence of so many seconds. */
export interface Piece {
  places: Position[];
  silentS: number | null;
}

/** What a track's list is made of, in the order of time. */
export type Entry = { key: string; beginMs: number; untilMs: number } & (
  | { what: "leg"; leg: HistoryLeg }
  | { what: "gap"; gap: HistoryGap }
  | { what: "event"; event: RuleEvent }
);

interface Fix {
  place: Position;
  ms: number;
}

const DAY_MS = 86_400_000;
const two = (value: number): string => String(value).padStart(2, "0");

/** The day of a moment where the browser is: 2026-11-24. */
export function dayOf(time: Date | number): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Midnight at which a day begins where the browser is; `days` later. A day of a change of clocks has 23 or 25 hours. */
function midnight(day: string, days: number): Date {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + days);
}

export const isDay = (text: string): boolean => /^[12]\d{3}-\d\d-\d\d$/.test(text) && dayOf(midnight(text, 0)) === text;

export const dayAfter = (day: string, days: number): string => dayOf(midnight(day, days));

/** A day, or the last 24 hours. */
export const periodOf = (day: string | null, nowMs: number): Period =>
  day === null ? { begin: new Date(nowMs - DAY_MS), end: new Date(nowMs) } : { begin: midnight(day, 0), end: midnight(day, 1) };

/** One path of the pages of an export. */
export function pathOf(layer: FeatureCollection): Path {
  const path: Path = { places: [], timesMs: [] };
  for (const { geometry, properties } of layer.features) {
    const times = (properties?.["times"] ?? []) as string[];
    const places = geometry.type === "LineString" ? geometry.coordinates : geometry.type === "Point" ? [geometry.coordinates] : [];
    path.places.push(...places);
    path.timesMs.push(...times.map((time) => Date.parse(time)));
  }
  return path;
}

/** The whole path in pieces. */
export function piecesOf(path: Path, gaps: readonly HistoryGap[]): Piece[] {
  const [first, last] = [fixAt(path, 0), fixAt(path, path.places.length - 1)];
  return first === null || last === null ? [] : cut(path, gaps, first, last);
}

/** The pieces of a path that a trip, or a gap, went. */
export function partOf(path: Path, gaps: readonly HistoryGap[], { begin, until, start, end }: HistoryLeg | HistoryGap): Piece[] {
  return cut(path, gaps, fixOf(start, begin), fixOf(end, until));
}

/** A simplified path may lack the very fixes at the ends of a piece; they are given. */
function cut(path: Path, gaps: readonly HistoryGap[], first: Fix, last: Fix): Piece[] {
  const pieces: Piece[] = [];
  let since = first;
  const know = (until: Fix): void => {
    if (until.ms <= since.ms && pieces.length > 0) return;
    const between = path.places.filter((_, index) => {
      const ms = path.timesMs[index] as number;
      return ms > since.ms && ms < until.ms;
    });
    pieces.push({ places: [since.place, ...between, until.place], silentS: null });
  };
  for (const gap of gaps) {
    const [before, after] = [fixOf(gap.start, gap.begin), fixOf(gap.end, gap.until)];
    if (before.ms < first.ms || after.ms > last.ms) continue;
    if (before.ms > first.ms) know(before);
    pieces.push({ places: [before.place, after.place], silentS: (after.ms - before.ms) / 1000 });
    since = after;
  }
  know(last);
  return pieces;
}

const fixOf = ({ lat, lon }: HistoryGap["start"], time: string): Fix => ({ place: [lon, lat], ms: Date.parse(time) });

function fixAt({ places, timesMs }: Path, index: number): Fix | null {
  const [place, ms] = [places[index], timesMs[index]];
  return place === undefined || ms === undefined ? null : { place, ms };
}

/** Where on a path something was at a moment, reckoned between the places before and after; null outside it. */
export function placeAt({ places, timesMs }: Path, atMs: number): Position | null {
  const next = timesMs.findIndex((time) => time >= atMs);
  const [to, toMs] = [places[next], timesMs[next]];
  if (to === undefined || toMs === undefined) return null;
  const [from, fromMs] = [places[next - 1], timesMs[next - 1]];
  if (from === undefined || fromMs === undefined) return toMs === atMs ? to : null;
  const share = (atMs - fromMs) / Math.max(1, toMs - fromMs);
  return [0, 1].map((axis) => (from[axis] ?? 0) + share * ((to[axis] ?? 0) - (from[axis] ?? 0)));
}

/** The trip or stop that a moment lies in. */
export const entryAt = (entries: readonly Entry[], atMs: number): Entry | null =>
  entries.findLast((entry) => entry.what === "leg" && entry.beginMs <= atMs && atMs <= entry.untilMs) ?? null;

export function entriesOf(legs: readonly HistoryLeg[], gaps: readonly HistoryGap[], events: readonly RuleEvent[]): Entry[] {
  const entry = (key: string, begin: string, until: string) => ({ key, beginMs: Date.parse(begin), untilMs: Date.parse(until) });
  const found: Entry[] = [
    ...legs.map((leg, index) => ({ what: "leg" as const, leg, ...entry(`leg/${index}`, leg.begin, leg.until) })),
    ...gaps.map((gap, index) => ({ what: "gap" as const, gap, ...entry(`gap/${index}`, gap.begin, gap.until) })),
    ...events.map((event, index) => ({ what: "event" as const, event, ...entry(`event/${index}`, event.time, event.time) })),
  ];
  return found.sort((a, b) => a.beginMs - b.beginMs);
}

/** Speed in km/h in `slots` equal parts of a span; null where nothing is known. */
export function speedSlots(
  buckets: readonly SpeedBucket[],
  [beginMs, endMs]: readonly [number, number],
  slots: number,
): { mean: (number | null)[]; top: (number | null)[] } {
  const sums = new Array<number>(slots).fill(0);
  const counts = new Array<number>(slots).fill(0);
  const tops = new Array<number>(slots).fill(0);
  for (const bucket of buckets) {
    const at = ((Date.parse(bucket.begin) - beginMs) / Math.max(1, endMs - beginMs)) * slots;
    const slot = Math.min(slots - 1, Math.max(0, Math.floor(at)));
    sums[slot] = (sums[slot] as number) + bucket.mean_mps * 3.6;
    counts[slot] = (counts[slot] as number) + 1;
    tops[slot] = Math.max(tops[slot] as number, bucket.top_mps * 3.6);
  }
  return {
    mean: sums.map((sum, slot) => (counts[slot] === 0 ? null : sum / (counts[slot] as number))),
    top: tops.map((top, slot) => (counts[slot] === 0 ? null : top)),
  };
}
