/** Places in the staff phone, as addresses below /m. */

import { signal } from "@preact/signals";

export const TABS = ["today", "tasks", "report", "around", "mine"] as const;
export type Tab = (typeof TABS)[number];

export type Route =
  | { page: Tab | "outbox" | "me" }
  | { page: "case"; number: string }
  | { page: null };

const BASE = "/m/";
const PLAIN = new Set<string>([...TABS, "outbox", "me"]);

export function parse(path: string): Route {
  const [first, second, ...more] = path.slice(BASE.length).split("/").filter(Boolean).map(decodeURIComponent);
  if (first === undefined) return { page: "today" };
  if (first === "case" && second !== undefined && more.length === 0) return { page: "case", number: second };
  return PLAIN.has(first) && second === undefined ? { page: first as Tab } : { page: null };
}

export function address(to: Route): string {
  if (to.page === "case") return `${BASE}case/${encodeURIComponent(to.number)}`;
  return to.page === null || to.page === "today" ? BASE : BASE + to.page;
}

export const route = signal<Route>({ page: "today" });

export function go(to: Route, { replace = false } = {}): void {
  const url = address(to);
  if (url !== location.pathname) history[replace ? "replaceState" : "pushState"](null, "", url);
  route.value = to;
  document.getElementById("content")?.scrollTo(0, 0); // head and tabs stay, the page between them scrolls
}

/** Follow the browser's address, its back button, and every link below /m. */
export function followAddress(): void {
  const read = (): void => {
    route.value = parse(location.pathname);
  };
  addEventListener("popstate", read);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest?.(`a[href^='${BASE}']`);
    if (!(link instanceof HTMLAnchorElement) || link.target !== "") return;
    event.preventDefault();
    go(parse(link.pathname));
  });
  read();
}
