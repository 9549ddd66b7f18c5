/** What a step is called: as the workflow calls it, or by the console's own word. */

import { named, word } from "../i18n";
import type { Step } from "../state/steps";

export const stepWords = (step: Step): string => named(step.name, step.nameEn) || word("do", step.action);

/** Why a step is not possible now. */
export function refusalWords(refusal: { code: string; text: string }): string {
  const known = word("refusal", refusal.code);
  return known === refusal.code ? refusal.text : known;
}
