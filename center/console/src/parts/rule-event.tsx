/** What a rule found, in words. */

import type { RuleEvent } from "../api/types";
import { kilometresAnHour, number } from "../format";
import { t, word } from "../i18n";

/** Too fast: began */
export const ruleEventName = (of: RuleEvent): string => t(`track_event_${of.phase}`, { rule: word("watches", of.watches) });

/** The speed or the reading that settled it; empty where there is none that says anything. */
export function ruleEventValue({ watches, value }: RuleEvent): string {
  if (value === null) return "";
  if (watches === "speed") return kilometresAnHour(value);
  return watches === "telemetry" ? number(value, Number.isInteger(value) ? 0 : 2) : "";
}

/** The rule, and the area where it has several. */
export const ruleAndArea = ({ rule, area }: RuleEvent): string => (area === "" ? rule : `${rule} · ${area}`);
