/** A person's report of a problem, as the form has it, and as the API takes it. */

import type { Code } from "../api/types";
import type { LatLon } from "../geometry";

/** How the city hears of things through people; sources of devices cannot be named. */
export const SOURCES = ["hotline", "citizen", "patrol", "leader"] as const;
/** Those who tell it to whoever fills in the form. */
export const WITH_CALLER: ReadonlySet<string> = new Set(["hotline", "citizen"]);
export const LEVELS = ["everyday", "ordinary", "serious", "grave"] as const;

/** `code` as `keyOf` has it. `same`: the number of the open case that it is about, by the reporter's word; empty for a new problem. */
export interface ReportFields {
  source: string;
  code: string;
  condition: string;
  level: string;
  title: string;
  description: string;
  component: string;
  caller: string;
  telephone: string;
  call_back: boolean;
  /** Whether the caller may be named to whoever handles the case. */
  public: boolean;
  /** When the caller called, as a field of a form has it; empty for now. */
  called_at: string;
  same: string;
}

/** With whom most reports begin: patrol members report what they see themselves. */
export const usualSource = (roles: readonly string[]): string =>
  roles.includes("acceptor") || roles.includes("shift_lead") || !roles.includes("patrol") ? (roles.length === 1 && roles.includes("leader") ? "leader" : "hotline") : "patrol";

export const noReport = (roles: readonly string[]): ReportFields => ({
  source: usualSource(roles), code: "", condition: "", level: "", title: "", description: "", component: "", caller: "", telephone: "", call_back: false, public: false, called_at: "", same: "",
});

/** A moment of the browser's time zone, as the API takes it; undefined for none. */
const momentOf = (local: string): string | undefined => {
  const ms = Date.parse(local);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
};

export const keyOf = ({ code_set, category, code }: Pick<Code, "code_set" | "category" | "code">): string => `${code_set}/${category}/${code}`;

/** Codes in which each of the words stands, by number, name or class, in either language. */
export function found(codes: readonly Code[], words: string): Code[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return codes.filter(({ code, name, name_en, class_name, class_name_en, conditions }) => {
    const text = [code, name, name_en, class_name, class_name_en, ...conditions.flatMap((one) => [one.name, one.name_en])].join("\n").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** The body of the request. What is empty is left out; a caller is told only of those who have one. */
export function bodyOf(fields: ReportFields, of: Pick<Code, "code_set" | "category" | "code">, place: LatLon): Record<string, unknown> {
  const said = (text: string): string | undefined => text.trim() || undefined;
  const hasCaller = WITH_CALLER.has(fields.source) && (said(fields.caller) !== undefined || said(fields.telephone) !== undefined);
  return {
    source: fields.source, category: of.category, code_set: of.code_set, code: of.code, lat: place.lat, lon: place.lon,
    condition: said(fields.condition), level: said(fields.level), title: said(fields.title), description: said(fields.description),
    component: said(fields.component),
    caller: hasCaller ? { name: said(fields.caller), telephone: said(fields.telephone), call_back: fields.call_back && said(fields.telephone) !== undefined, public: fields.public, called_at: momentOf(fields.called_at) } : undefined,
  };
}
