/** From what the forms of a case's steps choose. */

import type { CaseDetail } from "../api/types";
import { dateTime } from "../format";
import { named, t } from "../i18n";
import type { Choices } from "./step-form";

/** Tasks go to patrol members, the handling to handlers. */
const TASKS: ReadonlySet<string> = new Set(["verify", "check_request"]);

export const choicesOf = ({ departments, proposal, conditions, assignees, siblings, incidents }: CaseDetail, action: string | null): Choices => ({
  departments: departments.map(({ code, name, name_en }) => ({ value: code, name, nameEn: name_en })),
  proposed: proposal === null ? null : { department: proposal.department_code, reason: named(proposal.reason, proposal.reason_en) },
  assignees: assignees
    .filter(({ roles }) => roles.includes(action !== null && TASKS.has(action) ? "patrol" : "handler"))
    .map(({ login, name, department, on_duty, responsible }) => {
      const words = [name || login, department, t(responsible ? "duty_here" : on_duty ? "duty_on_duty" : "duty_off_duty")].filter(Boolean).join(" · ");
      return { value: login, name: words, nameEn: words };
    }),
  conditions: conditions.map(({ condition, name, name_en }) => ({ value: condition, name, nameEn: name_en })),
  siblings: siblings.map(({ number, title, title_en, street, street_en }) => ({ value: number, name: [title, street].filter(Boolean).join(" · "), nameEn: [title_en, street_en].filter(Boolean).join(" · ") })),
  incidents: incidents.map(({ incident_id, title, title_en, source, began_at }) => ({
    value: incident_id, name: `${title} · ${source} · ${dateTime(began_at)}`, nameEn: `${title_en} · ${source} · ${dateTime(began_at)}`,
  })),
});
