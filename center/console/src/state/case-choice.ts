/** Which cases a list shows, and in which order: an address says it, so that a count can lead to what it counts. */

export type Scope = "open" | "ended" | "all";

/** `deadline`: the least time left first, so late ones lead. */
export type Sort = "deadline" | "-opened" | "-changed";

/** Filters that compare one field with one value; they stand in the address, and in the API's query, under their names. */
export const FIELD_FILTERS = ["queue", "stage", "type", "code", "department", "holder", "assignee", "district", "grid", "source"] as const;
export type FieldFilter = (typeof FIELD_FILTERS)[number];

/**
 * `words`: each of them stands in the case's number, title, place or code.
 * `overdue`: only open cases whose deadline has passed.
 * `dueWithinS`: only open cases whose deadline has not passed, and is at most so many seconds away.
 * `openedFrom`, `openedTo`: days (2026-11-24) in the browser's time zone; both belong to the period.
 */
export interface CaseChoice extends Record<FieldFilter, string | null> {
  scope: Scope;
  sort: Sort;
  words: string | null;
  overdue: boolean;
  dueWithinS: number | null;
  openedFrom: string | null;
  openedTo: string | null;
}

const SCOPES = new Set<string>(["open", "ended", "all"]);
const SORTS = new Set<string>(["deadline", "-opened", "-changed"]);
const LONGEST_FILTER = 100;
const LONGEST_WAIT_S = 366 * 86_400;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What is still open is sorted by what is due, what has ended by when it came. */
export const usualSort = (scope: Scope): Sort => (scope === "open" ? "deadline" : "-opened");

export const EVERY_OPEN_CASE: CaseChoice = {
  scope: "open", sort: "deadline", words: null, overdue: false, dueWithinS: null, openedFrom: null, openedTo: null,
  queue: null, stage: null, type: null, code: null, department: null, holder: null, assignee: null, district: null, grid: null, source: null,
};

/** The same list with another scope; the order that was usual for the old one becomes that of the new one. */
export const withScope = (choice: CaseChoice, scope: Scope): CaseChoice => ({
  ...choice, scope, stage: null, queue: null, overdue: choice.overdue && scope === "open", dueWithinS: scope === "open" ? choice.dueWithinS : null,
  sort: choice.sort === usualSort(choice.scope) ? usualSort(scope) : choice.sort,
});

/** How many filters narrow the list, scope and order aside. */
export const filterCount = (choice: CaseChoice): number =>
  FIELD_FILTERS.filter((name) => choice[name] !== null).length +
  [choice.words, choice.dueWithinS, choice.openedFrom, choice.openedTo].filter((value) => value !== null).length +
  (choice.overdue ? 1 : 0);

/** What cannot be understood is left out: the list is then wider than was asked, never wrong. */
export function parseChoice(query: URLSearchParams): CaseChoice {
  const open = query.get("open");
  const scope = query.get("scope") ?? (open === "false" ? "ended" : "open");
  const known = SCOPES.has(scope) ? (scope as Scope) : "open";
  const sort = query.get("sort") ?? "";
  const dueWithinS = Number(query.get("due_within_s"));
  const fields = Object.fromEntries(FIELD_FILTERS.map((name) => [name, text(query.get(name))])) as Record<FieldFilter, string | null>;
  return {
    ...fields,
    scope: known,
    sort: SORTS.has(sort) ? (sort as Sort) : usualSort(known),
    words: text(query.get("words") ?? query.get("number")),
    overdue: query.get("overdue") === "true",
    dueWithinS: dueWithinS > 0 && dueWithinS <= LONGEST_WAIT_S ? Math.round(dueWithinS) : null,
    openedFrom: day(query.get("opened_from")),
    openedTo: day(query.get("opened_to")),
  };
}

export function formatChoice(choice: CaseChoice): URLSearchParams {
  const query = new URLSearchParams();
  if (choice.scope !== "open") query.set("scope", choice.scope);
  for (const name of FIELD_FILTERS) if (choice[name] !== null) query.set(name, choice[name]);
  if (choice.words !== null) query.set("words", choice.words);
  if (choice.overdue) query.set("overdue", "true");
  if (choice.dueWithinS !== null) query.set("due_within_s", String(choice.dueWithinS));
  if (choice.openedFrom !== null) query.set("opened_from", choice.openedFrom);
  if (choice.openedTo !== null) query.set("opened_to", choice.openedTo);
  if (choice.sort !== usualSort(choice.scope)) query.set("sort", choice.sort);
  return query;
}

/** A choice as the center's query. Days are those of the browser's time zone. */
export function centerQuery(choice: CaseChoice): URLSearchParams {
  const query = new URLSearchParams();
  if (choice.scope !== "all") query.set("open", String(choice.scope === "open"));
  for (const name of FIELD_FILTERS) if (choice[name] !== null) query.set(name, choice[name]);
  // A single letter would find nearly everything; the center wants two.
  const words = choice.words?.split(/\s+/).filter((word) => word.length > 1).join(" ");
  if (words) query.set("words", words);
  if (choice.overdue) query.set("overdue", "true");
  if (choice.dueWithinS !== null) query.set("due_within_s", String(choice.dueWithinS));
  if (choice.openedFrom !== null) query.set("opened_from", startOfDay(choice.openedFrom).toISOString());
  if (choice.openedTo !== null) query.set("opened_to", startOfDay(choice.openedTo, 1).toISOString());
  query.set("sort", choice.sort);
  return query;
}

/** The first moment of a day of the browser's time zone, or of a day after it. */
export function startOfDay(of: string, after = 0): Date {
  const start = new Date(`${of}T00:00`);
  start.setDate(start.getDate() + after);
  return start;
}

const text = (value: string | null): string | null => value?.trim().slice(0, LONGEST_FILTER) || null;
const day = (value: string | null): string | null =>
  value !== null && DAY.test(value) && new Date(`${value}T00:00Z`).toISOString().startsWith(value) ? value : null;
