/** Pieces that say how a case stands. */

import type { Case, Stage } from "../api/types";
import { evidenceUrl } from "../api/client";
import { moment, span } from "../format";
import { named, t, word } from "../i18n";
import { type Urgency, due, spent, urgency } from "../state/deadline";
import { now } from "../state/live";
import { address } from "../routes";
import { EVERY_OPEN_CASE } from "../state/case-choice";
import { symbolImage, caseGlyph } from "../map/sprites";
import { Icon } from "./icons";
import { Thumbnail } from "./photo";

export const caseTitle = (found: Case): string => named(found.title, found.title_en) || (found.type ?? found.code);
export const caseStreet = (found: Case): string => named(found.street, found.street_en);

export const caseDepartment = (found: Case): string => named(found.department, found.department_en) || t("case_no_department");

/** Time left, or how late; its colour never says it alone. */
export function Countdown({ of, bar = false }: { of: Case; bar?: boolean }) {
  const state = urgency(of, now.value);
  return (
    <span class={`countdown is-${state}`} title={of.deadline_at === null ? undefined : `${t("case_deadline")} ${moment(of.deadline_at, now.value)}`}>
      <span class="countdown-text">
        <Icon name={state === "overdue" ? "warning" : state === "restored" || state === "ended" ? "check" : "clock"} size={14} />
        {countdownText(of, state)}
      </span>
      {bar && of.closed_at === null && (
        <span class="countdown-bar">
          <span style={{ width: `${spent(of, now.value) * 100}%` }} />
        </span>
      )}
    </span>
  );
}

function countdownText(of: Case, state: Urgency): string {
  const deadline = due(of);
  if (of.closed_at !== null) {
    if (of.stage === "cancelled") return t("cancelled");
    const lateS = (Date.parse(of.closed_at) - deadline) / 1000;
    return lateS > 0 ? t("ended_late", { time: span(lateS) }) : t("ended_in_time");
  }
  const leftS = (deadline - now.value) / 1000;
  if (leftS === Infinity) return t("no_deadline");
  return state === "overdue" ? t("overdue_by", { time: span(-leftS) }) : t("due_in", { time: span(leftS) });
}

const STEPS: readonly { stage: Stage; name: string }[] = [
  { stage: "opened", name: "open" },
  { stage: "dispatched", name: "dispatch" },
  { stage: "handled", name: "handle" },
  { stage: "checked", name: "check" },
  { stage: "closed", name: "close" },
];

/** open → dispatch → handle → check → close. */
export function Progress({ of, small = false }: { of: Case; small?: boolean }) {
  const reached = STEPS.findIndex((step) => step.stage === of.stage);
  if (small) {
    return (
      <span class="progress-small" role="img" aria-label={word("stage", of.stage)}>
        {STEPS.map((step, index) => (
          <i key={step.stage} class={index <= reached ? "done" : ""} />
        ))}
      </span>
    );
  }
  return (
    <ol class={`progress ${of.stage === "cancelled" ? "is-cancelled" : ""}`} aria-label={t("case_stages")}>
      {STEPS.map((step, index) => (
        <li
          key={step.stage}
          class={index < reached || of.stage === "closed" ? "done" : index === reached ? "here" : ""}
          aria-current={index === reached ? "step" : undefined}
        >
          <span class="progress-dot">{index <= reached ? <Icon name="check" size={14} /> : index + 1}</span>
          {word("step", step.name)}
        </li>
      ))}
    </ol>
  );
}

export const StageBadge = ({ of }: { of: Case }) => <span class={`badge stage-${of.stage}`}>{word("stage", of.stage)}</span>;

export const RestoredBadge = () => (
  <span class="badge is-restored">
    <Icon name="check" size={13} />
    {t("case_restored")}
  </span>
);

export function CaseSymbol({ of, size = 26 }: { of: Case; size?: number }) {
  return (
    <img class="symbol" alt="" width={size} height={size} src={symbolImage(`case-${urgency(of, now.value)}-${caseGlyph(of.type ?? "")}`)} />
  );
}

/** A case in a list. */
export function CaseRow({ of, to, current = false }: { of: Case; to: string; current?: boolean }) {
  return (
    <a class={`case-row is-${urgency(of, now.value)}`} href={to} aria-current={current ? "true" : undefined} data-case={of.number}>
      <Thumbnail class="case-thumb" src={of.picture === null ? null : evidenceUrl(of.picture, "thumbnail")} alt="" />
      <span class="case-row-body">
        <span class="case-row-title">
          {caseTitle(of)}
          {of.restored_at !== null && of.closed_at === null && <RestoredBadge />}
        </span>
        <span class="case-row-place">{caseStreet(of)} <small>{of.number}</small></span>
        <span class="case-row-foot">
          <Progress of={of} small />
          <span class="case-row-stage">{word("stage", of.stage)}</span>
          <Countdown of={of} />
        </span>
      </span>
    </a>
  );
}

export const caseAddress = (number: string): string => address({ page: "cases", number, choice: EVERY_OPEN_CASE });
export const mapAddress = (number: string): string => address({ page: "map", selection: { kind: "case", id: number } });
