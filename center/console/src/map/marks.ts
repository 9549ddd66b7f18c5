/** From what is going on to the marks on the map. */

import type { Camera, Case, EntityKind, RuleEvent } from "../api/types";
import { mercator } from "../geometry";
import { urgency } from "../state/deadline";
import { standing } from "../state/motion";
import { keyOf } from "../state/rule-events";
import type { Tracked } from "../state/picture";
import type { KeyedMark } from "./city-map";
import { caseGlyph, cellOf } from "./sprites";

/** What can be shown and hidden. */
export type MarkKind = EntityKind | "case" | "event";
export const MARK_KINDS: readonly MarkKind[] = ["vehicle", "person", "device", "camera", "event", "case"];

/** Seconds without a fix after which a thing is shown pale. */
export const OLD_FIX_S = 60;

const SIZES: Record<EntityKind, number> = { vehicle: 40, person: 34, device: 34, box: 34, camera: 44 };
const CASE_SIZE = 56;
const EVENT_SIZE = 34;
const VIEW_SIZE = 130;
const RING_SIZE = 62;
const ORDER: readonly EntityKind[] = ["box", "device", "person", "vehicle"];

export interface Scene {
  entities: Iterable<Tracked>;
  cameras: readonly Camera[];
  cases: readonly Case[];
  /** What rules found of late, newest first, at known places. */
  events: readonly RuleEvent[];
  kinds: ReadonlySet<MarkKind>;
  /** Key of what is chosen; it is shown even if its kind is not. */
  chosen: string | null;
  nowMs: number;
}

/** All marks, from the lowest to the topmost. */
export function marks({ entities, cameras, cases, events, kinds, chosen, nowMs }: Scene): KeyedMark[] {
  const units: Record<string, KeyedMark[]> = {};
  const views: KeyedMark[] = [];
  const top: KeyedMark[] = [];
  const rings: KeyedMark[] = [];
  const ring = (mark: KeyedMark): void => {
    if (mark.key === chosen) rings.push({ ...mark, key: null, cell: cellOf("ring"), turns: false, size: RING_SIZE, opacity: 1, stands: false });
  };
  for (const tracked of entities) {
    const { entity } = tracked;
    if (entity.kind === "camera" || (!kinds.has(entity.kind) && entity.key !== chosen)) continue;
    const mark = unit(tracked, nowMs);
    (units[entity.kind] ??= []).push(mark);
    ring(mark);
  }
  for (const camera of cameras) {
    const key = `camera/${camera.camera}`;
    if (!kinds.has("camera") && key !== chosen) continue;
    const motion = standing(mercator(camera), camera.heading_deg ?? 0);
    if (camera.heading_deg !== null) {
      views.push({ key: null, motion, cell: cellOf("view"), turns: true, size: VIEW_SIZE, opacity: 1, stands: false });
    }
    const mark = { key, motion, cell: cellOf("camera"), turns: false, size: SIZES.camera, opacity: 1, stands: false };
    top.push(mark);
    ring(mark);
  }
  for (const event of kinds.has("event") ? [...events].reverse() : []) {
    const place = mercator({ lat: event.lat ?? 0, lon: event.lon ?? 0 });
    top.push({ key: `event/${keyOf(event)}`, motion: standing(place, 0), cell: cellOf("path-event"), turns: false, size: EVENT_SIZE, opacity: 1, stands: false });
  }
  for (let index = cases.length - 1; index >= 0; index -= 1) {
    const found = cases[index] as Case;
    const key = `case/${found.number}`;
    if (!kinds.has("case") && key !== chosen) continue;
    const mark = caseMark(found, nowMs);
    top.push(mark);
    ring(mark);
  }
  const lower = ORDER.flatMap((kind) => units[kind] ?? []);
  const last = chosen === null ? undefined : [...lower, ...top].find((mark) => mark.key === chosen);
  return [...views, ...rings, ...lower, ...top, ...(last === undefined ? [] : [last])];
}

function unit({ entity, motion, fixS }: Tracked, nowMs: number): KeyedMark {
  const moves = entity.kind === "vehicle" || entity.kind === "person";
  const turns = moves && entity.heading_deg !== null;
  return {
    key: entity.key,
    motion,
    cell: cellOf(moves && !turns ? `${entity.kind}-still` : entity.kind),
    turns,
    size: SIZES[entity.kind],
    opacity: moves && nowMs / 1000 - fixS > OLD_FIX_S ? 0.4 : 1,
    stands: false,
  };
}

export const caseMark = (found: Case, nowMs: number): KeyedMark => ({
  key: `case/${found.number}`,
  motion: standing(mercator(found), 0),
  cell: cellOf(`case-${urgency(found, nowMs)}-${caseGlyph(found.type ?? "")}`),
  turns: false,
  size: CASE_SIZE,
  opacity: 1,
  stands: true,
});
