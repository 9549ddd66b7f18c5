/** How a case stands against the deadline of the clock that runs now. */

import type { Case } from "../api/types";

export type Urgency = "ended" | "restored" | "calm" | "soon" | "overdue";

const SOON_PART = 0.25;
const SOON_AT_LEAST_S = 15 * 60;

/**
 * @param nowMs the center's time.
 * @returns `soon` in the last quarter of the time, and in the last quarter of an hour; `calm` while no clock runs.
 */
export function urgency(found: Case, nowMs: number): Urgency {
  if (found.closed_at !== null) return "ended";
  const leftS = leftOf(found, nowMs);
  if (leftS !== null && leftS < 0) return "overdue";
  if (found.restored_at !== null) return "restored";
  if (leftS === null || found.deadline_at === null) return "calm";
  const wholeS = (Date.parse(found.deadline_at) - startOf(found, Date.parse(found.deadline_at))) / 1000;
  return leftS < Math.max(SOON_AT_LEAST_S, wholeS * SOON_PART) && leftS < wholeS * 0.5 ? "soon" : "calm";
}

/** Seconds until the deadline, negative after it; null while no clock runs. */
export const leftOf = (found: Case, nowMs: number): number | null =>
  found.deadline_at === null ? null : (Date.parse(found.deadline_at) - nowMs) / 1000;

/** Part of the time that has gone, 0 to 1. */
export function spent(found: Case, nowMs: number): number {
  if (found.deadline_at === null) return 0;
  const deadline = Date.parse(found.deadline_at);
  const start = startOf(found, deadline);
  const end = found.closed_at === null ? nowMs : Date.parse(found.closed_at);
  return Math.min(1, Math.max(0, (end - start) / Math.max(1, deadline - start)));
}

/** Seconds by which an ended case was late: its handling, if it has had one; null if it never had a deadline. */
export function lateOf(found: Case): number | null {
  const deadline = found.handling_deadline_at ?? found.deadline_at;
  const done = found.handled_at ?? found.closed_at;
  return deadline === null || done === null ? null : (Date.parse(done) - Date.parse(deadline)) / 1000;
}

/** When the clock began, as far as a case's summary says: with the newest thing that starts one. */
function startOf(found: Case, deadline: number): number {
  const began = [found.reported_at, found.opened_at, found.dispatched_at, found.handled_at]
    .map((time) => (time === null ? Number.NaN : Date.parse(time)))
    .filter((time) => time < deadline);
  return began.length === 0 ? deadline : Math.max(...began);
}
