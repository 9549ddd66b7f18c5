/** Which cases a list shows: the pages that were asked for, with what the live feed has told since. */

import type { Case, Stage } from "../api/types";

export type Scope = "open" | "ended" | "all";

export interface CaseChoice {
  scope: Scope;
  stage: Stage | null;
  type: string | null;
}

export function isChosen(found: Case, choice: CaseChoice): boolean {
  const ended = found.closed_at !== null;
  if (choice.scope === "open" && ended) return false;
  if (choice.scope === "ended" && !ended) return false;
  if (choice.stage !== null && found.stage !== choice.stage) return false;
  return choice.type === null || found.type === choice.type;
}

/**
 * Lay what is live over what was fetched, newest first.
 *
 * @param fetched pages of the list.
 * @param live cases as the feed knows them, open or ended.
 * @param complete whether the pages reach the list's end; if not, cases older than the last page stay away.
 */
export function mergeCases(fetched: Case[], live: Iterable<Case>, choice: CaseChoice, complete: boolean): Case[] {
  const merged = new Map(fetched.map((found) => [found.number, found]));
  const oldest = fetched.at(-1)?.opened_at ?? "";
  for (const found of live) {
    const known = merged.get(found.number);
    if (known === undefined && !complete && found.opened_at < oldest) continue;
    if (known === undefined || found.sequence >= known.sequence) merged.set(found.number, found);
  }
  return [...merged.values()].filter((found) => isChosen(found, choice)).sort(newestFirst);
}

/** Whether a case that was open when it was fetched is unknown to the feed, which knows all open ones. */
export const missesEnd = (fetched: readonly Case[], open: ReadonlyMap<string, Case>, ended: readonly Case[]): boolean =>
  fetched.some((found) => found.closed_at === null && !open.has(found.number) && !ended.some((one) => one.number === found.number));

export const newestFirst = (a: Case, b: Case): number =>
  Date.parse(b.opened_at) - Date.parse(a.opened_at) || (a.number < b.number ? 1 : -1);
