/** What a case's history says of an event: who, in whose words, and the facts that came with it. */

import type { CaseDetail, CaseEvent } from "../api/types";
import { date, dateTime } from "../format";
import { named, t, word } from "../i18n";
import { workflowWord } from "../state/workflows";

/** Of a clock an event's note is the clock's name, which is said among its facts. */
const OF_CLOCKS: ReadonlySet<string> = new Set(["clock_warned", "clock_ran_out"]);
const ANSWERS = ["verified", "checked", "satisfaction"] as const;
const ANSWERING: ReadonlySet<string> = new Set(["verify_answer", "check_answer", "call_back"]);

const isProgram = (actor: string): boolean => actor.includes("/");

/** A person's name, or what kind of program or device it was. */
export function actorWords({ actor, actor_name: name }: Pick<CaseEvent, "actor" | "actor_name">): string {
  if (name !== null) return name;
  const [kind = "", id = ""] = actor.split("/", 2);
  if (!isProgram(actor)) return actor;
  return kind === "system" ? t("person_role_system") : `${word("kind", kind)} ${id}`;
}

/** What was written. Programs write Chinese and English, one after the other. */
export function noteWords({ actor, action, note }: Pick<CaseEvent, "actor" | "action" | "note">): string | null {
  if (note === null || OF_CLOCKS.has(action)) return null;
  const both = note.split(" / ");
  return isProgram(actor) && both.length === 2 ? named(both[0] as string, both[1] as string) : note;
}

/** What was done. A report that waits for an acceptor has not opened the case. */
export const actionWords = ({ action, sequence, sets }: Pick<CaseEvent, "action" | "sequence" | "sets">): string =>
  action === "open" && sequence === 1 && sets["opened_at"] === null ? t("event_reported") : word("action", action);

/** What was given with it, and what became of it, one line each. */
export function factsOf(event: CaseEvent, { case: of, names, conditions }: Pick<CaseDetail, "case" | "names" | "conditions">): string[] {
  const { action, sets, note } = event;
  const text = (name: string): string | null => (typeof sets[name] === "string" ? (sets[name] as string) : null);
  const found: (string | null)[] = [];
  if (OF_CLOCKS.has(action)) found.push(t("event_clock", { clock: workflowWord(of, "clocks", note ?? "") }));
  for (const name of ANSWERS) {
    const answer = text(name);
    if (ANSWERING.has(action) && answer !== null) found.push(t("event_answer", { answer: workflowWord(of, "answers", answer) }));
  }
  const [reason, condition, until] = [text("reason"), text("condition"), text("suspended_until")];
  // With an answer the case goes back to whom it is assigned, which nobody did just then.
  const assignee = ANSWERING.has(action) ? null : text("assignee");
  if (reason !== null) found.push(t("event_reason", { reason: workflowWord(of, "reasons", reason) }));
  if (assignee !== null) found.push(t("event_assignee", { name: names[assignee] ?? assignee }));
  if (condition !== null) {
    const known = conditions.find((one) => one.condition === condition);
    if (known !== undefined) found.push(t("event_condition", { condition: named(known.name, known.name_en) }));
  }
  const asked = sets["suspension_asked"] as { until?: string } | null | undefined;
  if (asked?.until !== undefined) found.push(t("mark_suspension_asked", { date: date(asked.until) }));
  if (until !== null) found.push(t("mark_suspended", { date: date(until) }));
  const deadline = text("handling_deadline_at");
  if (action === "defer_grant" && deadline !== null) found.push(t("event_deadline", { time: dateTime(deadline) }));
  if (action === "join") found.push(joinWords(sets["join_reason"]));
  const into = text("merged_into");
  if (into !== null) found.push(t("mark_merged", { number: into }));
  return found.filter((fact) => fact !== null);
}

/** Why a report was taken for the same problem. */
function joinWords(reason: unknown): string | null {
  if (typeof reason !== "object" || reason === null) return null;
  const { same, away_m: away } = reason as { same?: string; away_m?: number };
  return same === undefined ? null : t("event_join", { why: word("same", same), m: Math.round(away ?? 0) });
}
