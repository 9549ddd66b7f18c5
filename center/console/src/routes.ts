/** Places in the console, as addresses: each can be kept, sent and opened again. */

import { signal } from "@preact/signals";
import type { EntityKind } from "./api/types";
import type { LatLon } from "./geometry";
import { type AuditChoice, formatAudit, parseAudit } from "./state/audit";
import { type CaseChoice, formatChoice, parseChoice } from "./state/case-choice";
import { EVERY_RULE_EVENT, type RuleEventChoice } from "./state/rule-events";
import { isRegister, type RegisterName } from "./state/registers";
import { isDay } from "./state/track";
import { LAST_HOUR, type Window } from "./state/visits";

export type Selection = { kind: EntityKind; id: string } | { kind: "case"; id: string };

/** What moves, so that it has a track. */
export type Trackable = Extract<EntityKind, "vehicle" | "person" | "device">;

/** `atMs`: a moment that is asked about; its place is shown. */
export type TrackRoute = { page: "tracks"; kind: Trackable; id: string; day: string | null; atMs: number | null };
export type VisitsRoute = { page: "visits"; place: LatLon | null; radiusM: number; window: Window };

/** `chosen`: the key of a finding. */
export type RuleEventsRoute = { page: "events"; chosen: string | null; choice: RuleEventChoice };

export type Route =
  | { page: "map"; selection: Selection | null }
  | { page: "cases"; number: string | null; choice: CaseChoice }
  | { page: "cameras"; camera: string | null }
  | TrackRoute
  | VisitsRoute
  | RuleEventsRoute
  | { page: "system" }
  | { page: "search"; words: string }
  | { page: "hotline" }
  | { page: "people"; register: RegisterName; entry: string | null }
  | { page: "report"; place: LatLon | null }
  | { page: "rights"; role: string | null; action: string | null }
  | { page: "audit"; choice: AuditChoice }
  | { page: "workflow"; name: string; version: number | null; stage: string | null }
  | Nowhere;

/** An address that names nothing. It is kept as it is. */
export interface Nowhere {
  page: null;
  path: string;
}

const SELECTABLE = new Set<string>(["vehicle", "person", "device", "camera", "box", "case"]);
const TRACKABLE = new Set<string>(["vehicle", "person", "device"]);
export const RADIUS_M = 100;
const MAX_RADIUS_M = 5000;

/** What an address means. */
export function parse(path: string, query = ""): Route {
  const [page = "map", first, second, ...more] = path.split("/").filter(Boolean).map(decode);
  const asked = new URLSearchParams(query);
  const parts = [first, second, ...more].filter((part) => part !== undefined).length;
  if (page === "map" && parts === 0) return { page, selection: null };
  if (page === "map" && parts === 2 && SELECTABLE.has(first as string)) return { page, selection: { kind: first, id: second } as Selection };
  if (page === "cases" && parts <= 1) return { page, number: first ?? null, choice: parseChoice(asked) };
  if (page === "cameras" && parts <= 1) return { page, camera: first ?? null };
  if (page === "system" && parts === 0) return { page };
  if (page === "hotline" && parts === 0) return { page };
  if (page === "search" && parts === 0) return { page, words: asked.get("words") ?? "" };
  if (page === "report" && parts === 0) return { page, place: parsePlace(asked.get("place")) };
  if (page === "people" && parts === 1 && first === "rights") return { page: "rights", role: asked.get("role"), action: asked.get("action") };
  if (page === "people" && parts === 1 && first === "audit") return { page: "audit", choice: parseAudit(asked) };
  if (page === "people" && parts <= 2 && (first === undefined || isRegister(first))) return { page, register: first ?? "accounts", entry: asked.has("new") ? "" : (second ?? null) };
  if (page === "workflow" && parts === 1) return { page, name: first as string, version: parseVersion(asked.get("version")), stage: asked.get("stage") };
  if (page === "tracks" && parts === 2 && isTrackable(first as string)) return parseTrack(first as Trackable, second as string, asked);
  if (page === "events" && parts === 0) return parseRuleEvents(asked);
  if (page === "visits" && parts === 0) return parseVisits(asked);
  return { page: null, path: path + query };
}

export function address(route: Route): string {
  switch (route.page) {
    case "map":
      return route.selection === null ? "/map" : `/map/${route.selection.kind}/${encode(route.selection.id)}`;
    case "cases":
      return (route.number === null ? "/cases" : `/cases/${encode(route.number)}`) + asQuery(formatChoice(route.choice));
    case "cameras":
      return route.camera === null ? "/cameras" : `/cameras/${encode(route.camera)}`;
    case "tracks": {
      const query = new URLSearchParams();
      if (route.day !== null) query.set("day", route.day);
      if (route.atMs !== null) query.set("at", formatTime(route.atMs));
      return `/tracks/${route.kind}/${encode(route.id)}${asQuery(query)}`;
    }
    case "visits":
      return `/visits${asQuery(formatVisits(route))}`;
    case "events":
      return `/events${asQuery(formatRuleEvents(route))}`;
    case "system":
      return "/system";
    case "hotline":
      return "/hotline";
    case "search":
      return `/search${asQuery(new URLSearchParams(route.words === "" ? {} : { words: route.words }))}`;
    case "report":
      return route.place === null ? "/report" : `/report?place=${formatPlace(route.place)}`;
    case "rights": {
      const query = new URLSearchParams();
      if (route.role !== null) query.set("role", route.role);
      if (route.action !== null) query.set("action", route.action);
      return `/people/rights${asQuery(query)}`;
    }
    case "audit":
      return `/people/audit${asQuery(formatAudit(route.choice))}`;
    case "people":
      return `/people/${route.register}${route.entry === null ? "" : route.entry === "" ? "?new" : `/${encode(route.entry)}`}`;
    case "workflow": {
      const query = new URLSearchParams();
      if (route.version !== null) query.set("version", String(route.version));
      if (route.stage !== null) query.set("stage", route.stage);
      return `/workflow/${encode(route.name)}${asQuery(query)}`;
    }
    case null:
      return route.path;
  }
}

export const isTrackable = (kind: string): kind is Trackable => TRACKABLE.has(kind);

const parseVersion = (text: string | null): number | null => (text !== null && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null);

function parseTrack(kind: Trackable, id: string, asked: URLSearchParams): TrackRoute {
  const day = asked.get("day");
  return { page: "tracks", kind, id, day: day !== null && isDay(day) ? day : null, atMs: parseTime(asked.get("at")) };
}

function parseRuleEvents(query: URLSearchParams): RuleEventsRoute {
  const [kind, phase] = [query.get("kind"), query.get("phase")];
  return {
    page: "events",
    chosen: query.get("event"),
    choice: {
      kind: kind !== null && SELECTABLE.has(kind) && kind !== "case" ? (kind as EntityKind) : EVERY_RULE_EVENT.kind,
      watches: query.get("watches"),
      phase: phase === "begun" || phase === "ended" ? phase : null,
    },
  };
}

function formatRuleEvents({ chosen, choice }: RuleEventsRoute): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(choice) as [string, string | null][]) if (value !== null) query.set(name, value);
  if (chosen !== null) query.set("event", chosen);
  return query;
}

function parsePlace(text: string | null): LatLon | null {
  const [lat = NaN, lon = NaN] = (text ?? "").split(",").map((part) => (part === "" ? NaN : Number(part)));
  return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}

const formatPlace = ({ lat, lon }: LatLon): string => `${lat.toFixed(5)},${lon.toFixed(5)}`;

function parseVisits(query: URLSearchParams): VisitsRoute {
  const radiusM = Number(query.get("radius"));
  const [beginMs, endMs] = [parseTime(query.get("begin")), parseTime(query.get("end"))];
  const lastH = Number(query.get("last"));
  return {
    page: "visits",
    place: parsePlace(query.get("place")),
    radiusM: radiusM >= 1 && radiusM <= MAX_RADIUS_M ? radiusM : RADIUS_M,
    window: beginMs !== null && endMs !== null ? { beginMs, endMs } : lastH > 0 ? { lastH } : LAST_HOUR,
  };
}

function formatVisits({ place, radiusM, window }: VisitsRoute): URLSearchParams {
  const query = new URLSearchParams();
  if (place !== null) query.set("place", formatPlace(place));
  if (radiusM !== RADIUS_M) query.set("radius", String(radiusM));
  if ("beginMs" in window) {
    query.set("begin", formatTime(window.beginMs));
    query.set("end", formatTime(window.endMs));
  } else if (window.lastH !== 1) query.set("last", String(window.lastH));
  return query;
}

/** Who was there, from the place and time of something that happened there. */
export const visitsBefore = (place: LatLon, time: string): VisitsRoute => {
  const endMs = Date.parse(time);
  return { page: "visits", place: { lat: place.lat, lon: place.lon }, radiusM: RADIUS_M, window: { beginMs: endMs - 3_600_000, endMs } };
};

/** Moments stand in addresses to the second, in UTC, so that they mean the same wherever they are opened. */
const formatTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

function parseTime(text: string | null): number | null {
  const ms = text === null ? NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

/** Commas and colons may stand in a query as they are, and can be read there. */
function asQuery(query: URLSearchParams): string {
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
  return text && `?${text}`;
}

/** An id may hold a dot, which the center takes for the name of a file; an address says it in code. */
const encode = (part: string): string => encodeURIComponent(part).replaceAll(".", "~2E");

function decode(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll("~2E", "."));
  } catch {
    return part;
  }
}

export const route = signal<Route>({ page: "map", selection: null });

export function go(to: Route, { replace = false } = {}): void {
  const url = address(to);
  if (url !== location.pathname + location.search) {
    if (replace) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
  }
  route.value = to;
}

/** Follow the browser's address, its back button, and every link to a place of ours. */
export function followAddress(): void {
  const read = (): void => {
    route.value = parse(location.pathname, location.search);
  };
  addEventListener("popstate", read);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest?.("a[href^='/']");
    if (!(link instanceof HTMLAnchorElement) || link.target !== "" || link.pathname.startsWith("/api/")) return;
    event.preventDefault();
    go(parse(link.pathname, link.search));
  });
  read();
}
