/** What can be done with a case now, and what each step asks for; which comes first, which lead to the close. */

import type { CaseDetail } from "../api/types";

export const NEEDS = ["department", "assignee", "condition", "answer", "reason", "until", "into", "incidents", "pictures", "note"] as const;
/** What must be given with a step. `reason`: one of the listed, or a note in its place. */
export type Need = (typeof NEEDS)[number];

/** Something to choose from. */
export interface Option {
  value: string;
  name: string;
  nameEn: string;
}

/**
 * `name`: the workflow's word for it.
 * `refusal`: why it is not possible now, though the case stands where it could be.
 */
export interface Step {
  action: string;
  name: string;
  nameEn: string;
  needs: ReadonlySet<Need>;
  reasons: readonly Option[];
  answers: readonly Option[];
  isPrimary: boolean;
  /** It leaves the case where it is. */
  stays: boolean;
  refusal: { code: string; text: string } | null;
}

export const stepsOf = ({ actions, case: { stage } }: Pick<CaseDetail, "actions" | "case">): Step[] =>
  actions.map((one) => ({
    action: one.action,
    name: one.name,
    nameEn: one.name_en,
    needs: new Set(NEEDS.filter((need) => one.needs.includes(need))),
    reasons: one.reasons.map(optionOf),
    answers: one.answers.map(optionOf),
    isPrimary: one.primary,
    stays: one.to === stage,
    refusal: one.refusal,
  }));

const optionOf = ({ code, name, name_en }: { code: string; name: string; name_en: string }): Option => ({ value: code, name, nameEn: name_en });

export const possibleNow = (steps: readonly Step[]): Step[] => steps.filter((step) => step.refusal === null);

/** The step that a key or a single press takes: the usual one. */
export const nextStep = (steps: readonly Step[]): Step | null => steps.find((step) => step.isPrimary && step.refusal === null) ?? null;

const ANSWERING: ReadonlySet<string> = new Set([
  "defer_grant", "defer_refuse", "suspend_grant", "suspend_refuse", "appeal_grant", "appeal_refuse", "verify_answer", "check_answer", "answer_urge",
]);

/** Whether a step answers what somebody asked for and waits for; it is possible only then. */
export const answersRequest = ({ action }: Step): boolean => ANSWERING.has(action);

/** The step that leads straight to the close of a case that was seen put right; null if none does from here. */
export function towardsClose(steps: readonly Step[]): Step | null {
  const possible = possibleNow(steps).filter((step) => step.needs.size === 0);
  return possible.find(({ action }) => action === "close") ?? possible.find(({ action }) => action === "check") ?? null;
}

/** Whether a step asks for nothing but what is known already, so that one press takes it. */
export const takesOnePress = (step: Step, proposed: string | null): boolean =>
  step.needs.size === 1 && step.needs.has("department") && proposed !== null;
