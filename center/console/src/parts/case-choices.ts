/** From what the forms of a case's steps choose. */

import type { CaseDetail } from "../api/types";
import { dateTime } from "../format";
import type { Choices } from "./step-form";

export function choicesOf({ departments, incidents }: CaseDetail): Choices {
  return {
    departments: departments.map(({ name, name_en }) => ({ value: name, name, nameEn: name_en })),
    proposed: null,
    assignees: [],
    conditions: [],
    incidents: incidents.map(({ incident_id, title, title_en, source, began_at }) => ({
      value: incident_id, name: `${title} · ${source} · ${dateTime(began_at)}`, nameEn: `${title_en} · ${source} · ${dateTime(began_at)}`,
    })),
  };
}
