/** From what the forms of a case's steps choose. */

import type { CaseDetail } from "../api/types";
import { dateTime } from "../format";
import { named } from "../i18n";
import type { Choices } from "./step-form";

export const choicesOf = ({ departments, proposal, conditions, incidents }: CaseDetail): Choices => ({
  departments: departments.map(({ name, name_en }) => ({ value: name, name, nameEn: name_en })),
  proposed: proposal === null ? null : { department: proposal.department, reason: named(proposal.reason, proposal.reason_en) },
  assignees: [],
  conditions: conditions.map(({ condition, name, name_en }) => ({ value: condition, name, nameEn: name_en })),
  incidents: incidents.map(({ incident_id, title, title_en, source, began_at }) => ({
    value: incident_id, name: `${title} · ${source} · ${dateTime(began_at)}`, nameEn: `${title_en} · ${source} · ${dateTime(began_at)}`,
  })),
});
