/** What rules found: which of it a list shows. Pure. */

import type { EntityKind, RuleEvent } from "../api/types";

export interface RuleEventChoice {
  kind: EntityKind | null;
  watches: string | null;
  phase: RuleEvent["phase"] | null;
}

export const EVERY_RULE_EVENT: RuleEventChoice = { kind: null, watches: null, phase: null };

/** On the map so long after it came in. */
const ON_MAP_MS = 3_600_000;

/** Names one finding; the same in the list and on the live feed. */
export const keyOf = ({ kind, id, rule, area, phase, time }: RuleEvent): string => [kind, id, rule, area, phase, time].join("/");

/** Pages that were asked for with what the feed has told since, newest first, each once. */
export function mergeRuleEvents(fetched: readonly RuleEvent[], live: readonly RuleEvent[], choice: RuleEventChoice): RuleEvent[] {
  const merged = new Map(fetched.map((found) => [keyOf(found), found]));
  for (const found of live) if (isChosen(found, choice)) merged.set(keyOf(found), found);
  return [...merged.values()].sort((a, b) => Date.parse(b.time) - Date.parse(a.time) || (keyOf(a) < keyOf(b) ? 1 : -1));
}

const isChosen = (found: RuleEvent, { kind, watches, phase }: RuleEventChoice): boolean =>
  (kind === null || found.kind === kind) && (watches === null || found.watches === watches) && (phase === null || found.phase === phase);

/** What lies on the live map: begun within the last hour, at a known place, the newest of each condition. */
export function onMap(found: readonly RuleEvent[], nowMs: number): RuleEvent[] {
  const seen = new Set<string>();
  return found.filter((event) => {
    const condition = [event.kind, event.id, event.rule, event.area].join("/");
    if (seen.has(condition)) return false;
    seen.add(condition);
    return event.phase === "begun" && event.lat !== null && nowMs - Date.parse(event.received_at) < ON_MAP_MS;
  });
}
