/** What a case asks of whoever is signed on. Pure but for the words. */

import type { Case } from "../api/types";
import type { Need, Step } from "../state/steps";
import { p } from "./words";

export const isUrged = (of: Pick<Case, "urged_at" | "urge_answered_at">): boolean =>
  of.urged_at !== null && (of.urge_answered_at === null || Date.parse(of.urge_answered_at) < Date.parse(of.urged_at));

export const taskWords = (of: Pick<Case, "task">): string => p(of.task?.kind === "verify" ? "task_verify" : of.task?.kind === "check" ? "task_check" : "task_handle");

/** What can be given on the phone; steps that need more, such as choosing a department, are taken in the console. */
const ON_THE_PHONE: ReadonlySet<Need> = new Set(["answer", "reason", "pictures", "note", "until"]);

export const isForPhone = (step: Step): boolean => [...step.needs].every((need) => ON_THE_PHONE.has(need));

/** What is due first comes first; without a deadline, last. */
export const byDeadline = (one: Case, other: Case): number => dueMs(one) - dueMs(other);

const dueMs = (of: Pick<Case, "deadline_at">): number => (of.deadline_at === null ? Infinity : Date.parse(of.deadline_at));

export interface Day {
  tasks: number;
  dueSoon: number;
  overdue: number;
  urged: number;
}

const SOON_MS = 3_600_000;

export function dayOf(tasks: readonly Case[], nowMs: number): Day {
  const left = tasks.map((of) => dueMs(of) - nowMs);
  return {
    tasks: tasks.length,
    dueSoon: left.filter((ms) => ms >= 0 && ms < SOON_MS).length,
    overdue: left.filter((ms) => ms < 0).length,
    urged: tasks.filter(isUrged).length,
  };
}

/** Since the beginning of the phone's day. */
export function reportedToday(cases: readonly Pick<Case, "reported_at">[], nowMs: number): number {
  const day = new Date(nowMs).toDateString();
  return cases.filter(({ reported_at: at }) => new Date(at).toDateString() === day).length;
}
