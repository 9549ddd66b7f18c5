/** Which entries of the audit log are shown, as an address says it. */

import { startOfDay } from "./case-choice";

/** What is noted, by the right that was used. */
export const AUDITED = ["staff_track.read", "evidence.original", "caller.read", "people.administer", "duty.administer", "rights.administer"] as const;

/** `from`, `to`: days of the browser's time zone; both belong to the period. */
export interface AuditChoice {
  login: string | null;
  action: string | null;
  subject: string | null;
  from: string | null;
  to: string | null;
}

export const EVERY_ENTRY: AuditChoice = { login: null, action: null, subject: null, from: null, to: null };
const NAMES = ["login", "action", "subject", "from", "to"] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function parseAudit(query: URLSearchParams): AuditChoice {
  const choice = Object.fromEntries(NAMES.map((name) => [name, query.get(name)?.trim().slice(0, 200) || null])) as unknown as AuditChoice;
  return { ...choice, from: day(choice.from), to: day(choice.to) };
}

export function formatAudit(choice: AuditChoice): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of NAMES) if (choice[name] !== null) query.set(name, choice[name]);
  return query;
}

/** A choice as the center's query. */
export function auditQuery({ login, action, subject, from, to }: AuditChoice): URLSearchParams {
  const query = formatAudit({ login, action, subject, from: null, to: null });
  if (from !== null) query.set("begin", startOfDay(from).toISOString());
  if (to !== null) query.set("end", startOfDay(to, 1).toISOString());
  return query;
}

const day = (text: string | null): string | null => (text !== null && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : null);
