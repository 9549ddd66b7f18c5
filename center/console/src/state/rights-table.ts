/** The table of rights while it is edited: its rows, what was added and taken away, and what a row can say. */

import type { RightsEntry } from "../api/types";

export const COLUMNS = ["role", "action", "stage", "holder", "whose", "district"] as const;
export type Column = (typeof COLUMNS)[number];

export const ROLES = ["patrol", "acceptor", "shift_lead", "dispatcher", "department_desk", "handler", "inspector", "leader", "administrator"] as const;
export const HOLDERS = ["acceptors", "dispatchers", "department", "handler", "none"] as const;
export const WHOSE = ["any", "department", "assignee", "opener"] as const;
export const REACHES = ["own", "any"] as const;
/** In the columns stage and holder: every one. */
export const EVERY = "*";

/** What can be done with cases, in the order of a case's way. */
const ON_CASES = [
  "read", "report", "accept", "refuse", "verify", "verify_answer", "open", "not_open", "void", "dispatch", "return", "take", "assign", "withdraw",
  "hand_back", "handle", "self_handle", "confirm", "rework", "check_request", "check_answer", "check", "close", "force_close", "cancel", "reopen",
  "defer", "defer_grant", "defer_refuse", "suspend", "resume", "urge", "answer_urge", "key", "merge", "split", "call_back", "appeal", "appeal_grant",
  "appeal_refuse",
].map((action) => `case.${action}`);
const OTHERS = [
  "evidence.read", "evidence.original", "incident.read", "camera.read", "live.read", "staff_live.read", "history.read", "staff_track.read",
  "export.read", "city.read", "system.read", "people.read", "duty.administer", "people.administer", "exchange.administer", "rights.administer", "audit.read", "shift.hand_over",
];
export const ACTIONS: readonly string[] = [...ON_CASES, ...OTHERS];

/** These concern no case and no place, so that their rows cannot be limited. */
const WITHOUT_PLACE: ReadonlySet<string> = new Set(["audit.read", "city.read", "duty.administer", "exchange.administer", "people.administer", "people.read", "rights.administer", "shift.hand_over", "system.read"]);

/** Whether a row of this action can be limited to a stage and a holder. */
export const hasStage = (action: string): boolean => action.startsWith("case.") && action !== "case.read";
/** Whether a row of this action can be limited to certain cases and districts. */
export const hasPlace = (action: string): boolean => !WITHOUT_PLACE.has(action);

/** The row with whatever its action cannot be limited by set to "every". */
export const fitting = (entry: RightsEntry): RightsEntry => ({
  ...entry,
  ...(hasStage(entry.action) ? {} : { stage: EVERY, holder: EVERY }),
  ...(hasPlace(entry.action) ? {} : { whose: "any", district: "any" }),
});

export const keyOf = (entry: RightsEntry): string => COLUMNS.map((column) => entry[column]).join(",");

/** In the order of the roles, then of the actions; what nobody knows comes last. */
export function inOrder(entries: readonly RightsEntry[]): RightsEntry[] {
  const place = (list: readonly string[], value: string): number => (list.includes(value) ? list.indexOf(value) : list.length);
  return [...entries].sort(
    (a, b) => place(ROLES, a.role) - place(ROLES, b.role) || place(ACTIONS, a.action) - place(ACTIONS, b.action) || (keyOf(a) < keyOf(b) ? -1 : 1),
  );
}

/** The table with a row; a row that is there already is not there twice. */
export const withEntry = (entries: readonly RightsEntry[], entry: RightsEntry): RightsEntry[] =>
  entries.some((one) => keyOf(one) === keyOf(entry)) ? [...entries] : inOrder([...entries, entry]);

export const withoutEntry = (entries: readonly RightsEntry[], entry: RightsEntry): RightsEntry[] => entries.filter((one) => keyOf(one) !== keyOf(entry));

export interface Difference {
  added: RightsEntry[];
  removed: RightsEntry[];
}

export function difference(before: readonly RightsEntry[], after: readonly RightsEntry[]): Difference {
  const [old, now] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))];
  return { added: after.filter((one) => !old.has(keyOf(one))), removed: before.filter((one) => !now.has(keyOf(one))) };
}

/** What somebody else changed meanwhile stays, and what was changed here is changed in it. */
export const onto = (current: readonly RightsEntry[], { added, removed }: Difference): RightsEntry[] =>
  added.reduce(withEntry, removed.reduce(withoutEntry, inOrder(current)));
