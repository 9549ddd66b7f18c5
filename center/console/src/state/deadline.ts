/** How a case stands against its deadline. */

import type { Case } from "../api/types";

export type Urgency = "ended" | "restored" | "calm" | "soon" | "overdue";

const SOON_PART = 0.25;
const SOON_AT_LEAST_S = 15 * 60;

/**
 * @param nowMs the center's time.
 * @returns `soon` in the last quarter of the time, and in the last quarter of an hour.
 */
export function urgency(found: Case, nowMs: number): Urgency {
  if (found.closed_at !== null) return "ended";
  const leftS = (due(found) - nowMs) / 1000;
  if (leftS < 0) return "overdue";
  if (found.restored_at !== null) return "restored";
  const wholeS = (due(found) - Date.parse(found.reported_at)) / 1000;
  return leftS < Math.max(SOON_AT_LEAST_S, wholeS * SOON_PART) && leftS < wholeS * 0.5 ? "soon" : "calm";
}

/** When a case is due; never, while no clock runs. */
export const due = (found: Case): number => (found.deadline_at === null ? Infinity : Date.parse(found.deadline_at));

/** Part of the time that has gone, 0 to 1. */
export function spent(found: Case, nowMs: number): number {
  const start = Date.parse(found.reported_at);
  const end = found.closed_at === null ? nowMs : Date.parse(found.closed_at);
  return Math.min(1, Math.max(0, (end - start) / Math.max(1, due(found) - start)));
}
