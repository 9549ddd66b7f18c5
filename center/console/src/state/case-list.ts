/** Which cases a list shows, and in which order: what was fetched, with what the live feed has told since. */

import type { Case } from "../api/types";
import { type CaseChoice, type Sort, startOfDay } from "./case-choice";
import { leftOf } from "./deadline";

/**
 * @param nowMs the center's time: what is due depends on it.
 */
export function isChosen(found: Case, choice: CaseChoice, nowMs: number): boolean {
  const ended = found.closed_at !== null;
  if (choice.scope === "open" && ended) return false;
  if (choice.scope === "ended" && !ended) return false;
  return hasFields(found, choice) && isDue(found, choice, nowMs) && isOfPeriod(found, choice) && hasWords(found, choice.words);
}

/** Whether what a case shows is enough to say whether it belongs to a list; if not, only the center knows. */
export const isDecidedHere = (choice: CaseChoice): boolean => choice.queue === null;

function hasFields(found: Case, choice: CaseChoice): boolean {
  return (
    (choice.stage === null || found.stage === choice.stage) &&
    (choice.type === null || found.type === choice.type) &&
    (choice.code === null || found.code.startsWith(choice.code)) &&
    (choice.department === null || found.department_code === choice.department || found.department === choice.department) &&
    (choice.district === null || found.district === choice.district) &&
    (choice.grid === null || found.grid_cell === choice.grid) &&
    (choice.holder === null || found.holder === choice.holder) &&
    (choice.assignee === null || found.assignee === choice.assignee) &&
    (choice.source === null || found.source === choice.source)
  );
}

function isDue(found: Case, { overdue, dueWithinS }: CaseChoice, nowMs: number): boolean {
  if (!overdue && dueWithinS === null) return true;
  if (found.closed_at !== null) return false;
  const leftS = leftOf(found, nowMs);
  if (leftS === null) return false;
  if (overdue && leftS >= 0) return false;
  return dueWithinS === null || (leftS >= 0 && leftS <= dueWithinS);
}

function isOfPeriod(found: Case, { openedFrom, openedTo }: CaseChoice): boolean {
  const opened = Date.parse(found.reported_at);
  return (openedFrom === null || opened >= startOfDay(openedFrom).getTime()) && (openedTo === null || opened < startOfDay(openedTo, 1).getTime());
}

function hasWords(found: Case, words: string | null): boolean {
  if (words === null) return true;
  const text = [
    found.number, found.title, found.title_en, found.street, found.street_en, found.code, found.code_name, found.code_name_en,
    found.description, found.component, found.camera, found.grid_cell,
  ].join("\n").toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Lay what is live over what was fetched; of each case the newer state counts, in the order of the choice. */
export function mergeCases(fetched: readonly Case[], live: Iterable<Case>, choice: CaseChoice, nowMs: number): Case[] {
  const merged = new Map(fetched.map((found) => [found.number, found]));
  for (const found of live) {
    const known = merged.get(found.number);
    if (known === undefined || found.sequence >= known.sequence) merged.set(found.number, found);
  }
  return [...merged.values()].filter((found) => isChosen(found, choice, nowMs)).sort(ORDERS[choice.sort]);
}

/**
 * Of a list that is fetched page by page: drop what lies beyond its last page, for others may lie between.
 *
 * @param fetched the pages that have come, in the order of the choice; the rest is not known.
 */
export function withoutBeyond(cases: Case[], fetched: readonly Case[], sort: Sort): Case[] {
  const last = fetched.at(-1);
  return last === undefined ? cases : cases.filter((found) => ORDERS[sort](found, last) <= 0);
}

/** Whether a case that was open when it was fetched is unknown to the feed, which knows all open ones. */
export const missesEnd = (fetched: readonly Case[], open: ReadonlyMap<string, Case>, ended: readonly Case[]): boolean =>
  fetched.some((found) => found.closed_at === null && !open.has(found.number) && !ended.some((one) => one.number === found.number));

const byNumber = (a: Case, b: Case): number => (a.number < b.number ? 1 : a.number > b.number ? -1 : 0);

export const newestFirst = (a: Case, b: Case): number => Date.parse(b.reported_at) - Date.parse(a.reported_at) || byNumber(a, b);

/** What is late, or will be first, leads; what has no deadline comes last. Among equals by number, as the center has it. */
export const latestFirst = (a: Case, b: Case): number => (due(a) === due(b) ? byNumber(b, a) : due(a) - due(b));

const due = (found: Case): number => (found.deadline_at === null ? Infinity : Date.parse(found.deadline_at));

const changedLast = (a: Case, b: Case): number => Date.parse(b.changed_at) - Date.parse(a.changed_at) || byNumber(a, b);

const ORDERS: Record<Sort, (a: Case, b: Case) => number> = { deadline: latestFirst, "-opened": newestFirst, "-changed": changedLast };

/** The case that stands `by` places further in a list; the first one if none is chosen, the same at an end. */
export function neighbour(cases: readonly Case[], number: string | null, by: 1 | -1): string | null {
  const here = cases.findIndex((found) => found.number === number);
  const next = here < 0 ? 0 : Math.min(cases.length - 1, Math.max(0, here + by));
  return cases[next]?.number ?? null;
}
