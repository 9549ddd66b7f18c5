/** Who was near a place in a span of time: the span, as it is asked for and typed, and the answers. Pure. */

import type { EntityKind, Visit } from "../api/types";
import { dayOf, type Period } from "./track";

/** The last so many hours, or from one moment to another. */
export type Window = { lastH: number } | { beginMs: number; endMs: number };

export const LAST_HOUR: Window = { lastH: 1 };
/** The longest that the center answers for. */
export const LONGEST_DAYS = 31;

const HOUR_MS = 3_600_000;
const two = (value: number): string => String(value).padStart(2, "0");

export function periodOf(window: Window, nowMs: number): Period {
  if ("lastH" in window) return { begin: new Date(nowMs - window.lastH * HOUR_MS), end: new Date(nowMs) };
  return { begin: new Date(window.beginMs), end: new Date(window.endMs) };
}

/** Why a span can't be asked for; null if it can. */
export function flaw(window: Window): "backwards" | "too_long" | null {
  const { begin, end } = periodOf(window, 0);
  const ms = end.getTime() - begin.getTime();
  return ms <= 0 ? "backwards" : ms > LONGEST_DAYS * 24 * HOUR_MS ? "too_long" : null;
}

/** As the browser's field for a day and time takes it, where the browser is: 2026-11-24T08:05. */
export function typed(ms: number): string {
  const date = new Date(ms);
  return `${dayOf(date)}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Visits of some kinds, and how many there are of each kind in all. */
export function ofKinds(visits: readonly Visit[], without: ReadonlySet<EntityKind>): { shown: Visit[]; counts: Map<EntityKind, number> } {
  const counts = new Map<EntityKind, number>();
  for (const { kind } of visits) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return { shown: visits.filter(({ kind }) => !without.has(kind)), counts };
}

/** The same in every answer that holds the visit. */
export const keyOf = (visit: Visit): string => `${visit.kind}/${visit.id}/${visit.first_at}`;
