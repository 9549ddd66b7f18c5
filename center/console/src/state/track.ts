/** Where something has been in a period, from the center's answers. Pure. */

import type { FeatureCollection, Position } from "geojson";
import type { HistoryLeg, RuleEvent, SpeedBucket } from "../api/types";

export interface Period {
  begin: Date;
  end: Date;
}

/** A path as the center sends it: places and, beside each, its time in ms. */
export interface Path {
  places: Position[];
  timesMs: number[];
}

/** What a track's list is made of, in the order of time. */
export type Entry = { what: "leg"; key: string; beginMs: number; leg: HistoryLeg } | { what: "event"; key: string; beginMs: number; event: RuleEvent };

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

/** The part of a path that a trip went; a simplified path may lack the very fixes at its ends. */
export function partOf(path: Path, leg: HistoryLeg): Position[] {
  const [begin, until] = [Date.parse(leg.begin), Date.parse(leg.until)];
  const between = path.places.filter((_, index) => {
    const time = path.timesMs[index] as number;
    return time > begin && time < until;
  });
  return [[leg.start.lon, leg.start.lat], ...between, [leg.end.lon, leg.end.lat]];
}

export function entriesOf(legs: readonly HistoryLeg[], events: readonly RuleEvent[]): Entry[] {
  const found: Entry[] = [
    ...legs.map((leg, index) => ({ what: "leg" as const, key: `leg/${index}`, beginMs: Date.parse(leg.begin), leg })),
    ...events.map((event, index) => ({ what: "event" as const, key: `event/${index}`, beginMs: Date.parse(event.time), event })),
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
