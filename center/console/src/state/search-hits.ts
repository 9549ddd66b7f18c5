/** What a search found, as places in the console. */

import type { SearchHit, SearchKind } from "../api/types";
import type { LatLon } from "../geometry";
import { address } from "../routes";
import { EVERY_OPEN_CASE } from "./case-choice";

/** The groups in which a place for a report can be found. */
export const PLACE_KINDS: readonly SearchKind[] = ["street", "component", "grid_cell"];

/** Where a hit leads: a case to itself; a component and a grid cell to their cases, open or not; else nowhere. */
export function addressOf({ kind, key, case: found }: SearchHit): string | null {
  switch (kind) {
    case "case":
      return address({ page: "cases", number: found?.number ?? key, choice: { ...EVERY_OPEN_CASE, scope: found?.closed_at == null ? "open" : "all" } });
    case "component":
    case "street":
      return address({ page: "cases", number: null, choice: { ...EVERY_OPEN_CASE, scope: "all", words: key } });
    case "grid_cell":
      return address({ page: "cases", number: null, choice: { ...EVERY_OPEN_CASE, scope: "all", grid: key } });
    case "code": {
      const code = key.split("/")[2] ?? "";
      return /^\d{2,6}$/.test(code) ? address({ page: "cases", number: null, choice: { ...EVERY_OPEN_CASE, scope: "all", code } }) : null;
    }
    default:
      return null;
  }
}

export const placeOf = ({ lat, lon }: SearchHit): LatLon | null => (lat === null || lon === null ? null : { lat, lon });
