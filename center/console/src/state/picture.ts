/** What is going on, as the live feed tells it: a snapshot, then what has changed. Memory is bounded. */

import type { Case, Entity, LiveMessage, RuleEvent, SystemStatus } from "../api/types";
import { mercator } from "../geometry";
import { type Motion, onward, standing } from "./motion";
import { keyOf } from "./rule-events";

/** Fixes that are kept of each thing for its trail. */
export const TRAIL_FIXES = 90;
/** Ended cases that are remembered, so that lists can show how they ended. */
const ENDED_CASES = 200;
/** What rules found that is remembered, the newest. */
const RULE_EVENTS = 500;
/** A gap after which a trail begins anew. */
const TRAIL_GAP_S = 120;

/** A thing on the map. `trail` holds lon, lat, lon, lat …, oldest first. */
export interface Tracked {
  entity: Entity;
  fixS: number;
  motion: Motion;
  trail: number[];
}

/** What a message has changed, for those who need to know. */
export interface Changes {
  /** Cases that weren't there before; none of the first snapshot's. */
  opened: Case[];
  /** Cases that a detector has seen put right just now. */
  restored: Case[];
  cases: boolean;
}

export class Picture {
  readonly entities = new Map<string, Tracked>();
  readonly cases = new Map<string, Case>();
  /** Cases that have ended while we watched, oldest first. */
  readonly ended = new Map<string, Case>();
  readonly stills = new Map<string, string>();
  /** What rules found, oldest first. */
  readonly ruleEvents = new Map<string, RuleEvent>();
  /** Open cases that the snapshot did not hold, because there were too many. */
  casesLeftOut = 0;
  status: SystemStatus | null = null;
  private begun = false;

  /**
   * Take in a message.
   *
   * @param nowS seconds of the page's clock, for motion.
   */
  apply(message: LiveMessage, nowS: number): Changes {
    const changes: Changes = { opened: [], restored: [], cases: message.cases.length > 0 };
    if (message.type === "snapshot") {
      const keys = new Set(message.entities.map((entity) => entity.key));
      for (const key of this.entities.keys()) if (!keys.has(key)) this.entities.delete(key);
      changes.cases = this.dropCasesNotIn(message.cases) || changes.cases || message.cases_left_out !== this.casesLeftOut;
      this.stills.clear();
      this.ruleEvents.clear();
    } else {
      for (const key of message.gone) this.entities.delete(key);
      for (const number of message.cases_gone) changes.cases = this.cases.delete(number) || changes.cases;
    }
    for (const entity of message.entities) this.move(entity, nowS);
    for (const found of message.cases) this.change(found, changes);
    for (const still of message.stills) this.stills.set(still.camera, still.time);
    for (const found of message.rule_events) this.ruleEvents.set(keyOf(found), found);
    for (const oldest of this.ruleEvents.keys()) {
      if (this.ruleEvents.size <= RULE_EVENTS) break;
      this.ruleEvents.delete(oldest);
    }
    if (message.type === "snapshot") this.casesLeftOut = message.cases_left_out;
    if (message.status !== null) this.status = message.status;
    this.begun = true;
    return changes;
  }

  /** Forget everything: another person may sign on. */
  clear(): void {
    this.entities.clear();
    this.cases.clear();
    this.ended.clear();
    this.stills.clear();
    this.ruleEvents.clear();
    this.status = null;
    this.casesLeftOut = 0;
    this.begun = false;
  }

  private move(entity: Entity, nowS: number): void {
    const fixS = Date.parse(entity.time) / 1000;
    const known = this.entities.get(entity.key);
    if (known === undefined) {
      this.entities.set(entity.key, {
        entity,
        fixS,
        motion: standing(mercator(entity), entity.heading_deg ?? 0),
        trail: [entity.lon, entity.lat],
      });
      return;
    }
    if (fixS === known.fixS && entity.lat === known.entity.lat && entity.lon === known.entity.lon) {
      known.entity = entity;
      return;
    }
    known.motion = onward(known.motion, mercator(entity), entity.heading_deg, fixS - known.fixS, nowS);
    if (fixS - known.fixS > TRAIL_GAP_S) known.trail.length = 0;
    known.trail.push(entity.lon, entity.lat);
    if (known.trail.length > TRAIL_FIXES * 2) known.trail.splice(0, known.trail.length - TRAIL_FIXES * 2);
    known.entity = entity;
    known.fixS = fixS;
  }

  private change(found: Case, changes: Changes): void {
    const known = this.cases.get(found.number);
    if (known !== undefined && known.sequence > found.sequence) return;
    // A case that the snapshot left out is heard of when it changes; it was not opened just now.
    const wasLeftOut = this.begun && this.casesLeftOut > 0 && known === undefined && found.sequence > 1 && !this.ended.has(found.number);
    if (wasLeftOut) this.casesLeftOut -= 1;
    if (found.closed_at !== null) {
      this.cases.delete(found.number);
      this.remember(found);
      return;
    }
    this.cases.set(found.number, found);
    this.ended.delete(found.number);
    if (!this.begun || wasLeftOut) return;
    if (known === undefined) changes.opened.push(found);
    else if (known.restored_at === null && found.restored_at !== null) changes.restored.push(found);
  }

  /** What isn't in a snapshot has ended while we were away, or is left out of it. */
  private dropCasesNotIn(cases: Case[]): boolean {
    const numbers = new Set(cases.map((found) => found.number));
    let dropped = false;
    for (const number of this.cases.keys()) {
      if (!numbers.has(number)) {
        this.cases.delete(number);
        dropped = true;
      }
    }
    return dropped;
  }

  private remember(found: Case): void {
    this.ended.delete(found.number);
    this.ended.set(found.number, found);
    for (const oldest of this.ended.keys()) {
      if (this.ended.size <= ENDED_CASES) break;
      this.ended.delete(oldest);
    }
  }
}
