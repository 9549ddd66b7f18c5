/** What somebody should know of the cases that wait for them: urged, sent back, due soon, overdue. Pure. */

import type { Case, CaseQueue } from "../api/types";
import { leftOf, urgency } from "./deadline";
import type { Outside } from "./stages";

export const NOTICES = ["overdue", "urged", "returned", "rework", "soon"] as const;
export type NoticeKind = (typeof NOTICES)[number];

/** `key` is the same as long as it is about the same thing: a deadline that was moved, or a second urging, is a new notice. */
export interface Notice {
  key: string;
  kind: NoticeKind;
  case: Case;
}

/** The queues of what somebody has to do themselves. Others, such as all departments, are looked on. */
const OWN_WORK: ReadonlySet<string> = new Set(["mine", "acceptors", "dispatchers", "department"]);
/** For whoever has no work of their own: what they watch. */
const WATCHED: ReadonlySet<string> = new Set(["key", "urged"]);

export function queuesToWatch(queues: readonly CaseQueue[]): CaseQueue[] {
  const own = queues.filter(({ queue }) => OWN_WORK.has(queue));
  return own.length > 0 ? own : queues.filter(({ queue }) => WATCHED.has(queue));
}

/**
 * Notices of cases, the most pressing kind first; within a kind the case that is due first.
 *
 * @param outsideOf in which of the six outside stages a case stands.
 * @param nowMs the center's time.
 */
export function noticesOf(cases: readonly Case[], outsideOf: (of: Case) => Outside, nowMs: number): Notice[] {
  const once = new Map(cases.map((found) => [found.number, found]));
  const found = [...once.values()].filter(({ closed_at }) => closed_at === null).flatMap((of) => ofCase(of, outsideOf(of), nowMs));
  const due = ({ case: of }: Notice): number => leftOf(of, nowMs) ?? Infinity;
  return found.sort((a, b) => NOTICES.indexOf(a.kind) - NOTICES.indexOf(b.kind) || (due(a) === due(b) ? 0 : due(a) - due(b)));
}

function ofCase(of: Case, outside: Outside, nowMs: number): Notice[] {
  const found: Notice[] = [];
  const add = (kind: NoticeKind, about: string | number | null): number => found.push({ key: `${of.number} ${kind} ${about}`, kind, case: of });
  const state = urgency(of, nowMs);
  if (state === "overdue") add("overdue", of.deadline_at);
  if (state === "soon") add("soon", of.deadline_at);
  if (of.urged_at !== null && (of.urge_answered_at === null || of.urge_answered_at < of.urged_at)) add("urged", of.urged_at);
  if (of.return_count > 0 && (outside === "dispatch" || outside === "open")) add("returned", of.return_count);
  if (of.rework_count > 0 && outside === "handle") add("rework", of.rework_count);
  return found;
}
