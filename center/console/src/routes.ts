/** Places in the console, as addresses: each can be kept, sent and opened again. */

import { signal } from "@preact/signals";
import type { EntityKind, Stage } from "./api/types";
import type { CaseChoice, Scope } from "./state/case-list";
import { isDay } from "./state/track";

export type Selection = { kind: EntityKind; id: string } | { kind: "case"; id: string };

/** What moves, so that it has a track. */
export type Trackable = Extract<EntityKind, "vehicle" | "person" | "device">;

export type Route =
  | { page: "map"; selection: Selection | null }
  | { page: "cases"; number: string | null; choice: CaseChoice }
  | { page: "cameras"; camera: string | null }
  | { page: "tracks"; kind: Trackable; id: string; day: string | null }
  | { page: "system" };

const SELECTABLE = new Set<string>(["vehicle", "person", "device", "camera", "box", "case"]);
const TRACKABLE = new Set<string>(["vehicle", "person", "device"]);
const STAGES = new Set<string>(["opened", "dispatched", "handled", "checked", "closed", "cancelled"]);
const SCOPES = new Set<string>(["open", "ended", "all"]);
export const EVERY_OPEN_CASE: CaseChoice = { scope: "open", stage: null, type: null };

/** What an address means; what isn't known is the map. */
export function parse(path: string, query = ""): Route {
  const [page, first, second] = path.split("/").filter(Boolean).map(decode);
  if (page === "cases") return { page, number: first ?? null, choice: parseChoice(new URLSearchParams(query)) };
  if (page === "cameras") return { page, camera: first ?? null };
  if (page === "system") return { page };
  if (page === "tracks" && first !== undefined && second !== undefined && isTrackable(first)) {
    const day = new URLSearchParams(query).get("day");
    return { page, kind: first, id: second, day: day !== null && isDay(day) ? day : null };
  }
  const selected = page === "map" && first !== undefined && second !== undefined && SELECTABLE.has(first);
  return { page: "map", selection: selected ? ({ kind: first, id: second } as Selection) : null };
}

export function address(route: Route): string {
  switch (route.page) {
    case "map":
      return route.selection === null ? "/map" : `/map/${route.selection.kind}/${encode(route.selection.id)}`;
    case "cases": {
      const query = formatChoice(route.choice);
      return (route.number === null ? "/cases" : `/cases/${encode(route.number)}`) + (query && `?${query}`);
    }
    case "cameras":
      return route.camera === null ? "/cameras" : `/cameras/${encode(route.camera)}`;
    case "tracks":
      return `/tracks/${route.kind}/${encode(route.id)}` + (route.day === null ? "" : `?day=${route.day}`);
    case "system":
      return "/system";
  }
}

export const isTrackable = (kind: string): kind is Trackable => TRACKABLE.has(kind);

function parseChoice(query: URLSearchParams): CaseChoice {
  const scope = query.get("scope") ?? "open";
  const stage = query.get("stage");
  return {
    scope: SCOPES.has(scope) ? (scope as Scope) : "open",
    stage: stage !== null && STAGES.has(stage) ? (stage as Stage) : null,
    type: query.get("type"),
  };
}

function formatChoice(choice: CaseChoice): string {
  const query = new URLSearchParams();
  if (choice.scope !== "open") query.set("scope", choice.scope);
  if (choice.stage !== null) query.set("stage", choice.stage);
  if (choice.type !== null) query.set("type", choice.type);
  return query.toString();
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
