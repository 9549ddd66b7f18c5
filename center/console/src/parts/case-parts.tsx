/** Pieces that say how a case stands. */

import type { Case } from "../api/types";
import { evidenceUrl } from "../api/client";
import { date, moment, span } from "../format";
import { named, t, word } from "../i18n";
import { lateOf, leftOf, spent, urgency } from "../state/deadline";
import { now } from "../state/live";
import { address } from "../routes";
import { EVERY_OPEN_CASE } from "../state/case-choice";
import { outsideOf, progressOf, stageWords } from "../state/workflows";
import { OUTSIDE } from "../state/workflow-diagram";
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
        {countdownText(of)}
      </span>
      {bar && of.closed_at === null && of.deadline_at !== null && (
        <span class="countdown-bar">
          <span style={{ width: `${spent(of, now.value) * 100}%` }} />
        </span>
      )}
    </span>
  );
}

function countdownText(of: Case): string {
  if (of.closed_at !== null) {
    if (of.ended_as !== "closed") return stageWords(of);
    const lateS = lateOf(of);
    if (lateS === null) return stageWords(of);
    return lateS > 0 ? t("ended_late", { time: span(lateS) }) : t("ended_in_time");
  }
  if (of.suspended_until !== null) return t("mark_suspended", { date: date(of.suspended_until) });
  const leftS = leftOf(of, now.value);
  if (leftS === null) return t("no_deadline");
  return leftS < 0 ? t("overdue_by", { time: span(-leftS) }) : t("due_in", { time: span(leftS) });
}

/** report → open → dispatch → handle → feedback → close: the same for every workflow. */
export function Progress({ of, small = false }: { of: Case; small?: boolean }) {
  const here = progressOf(of);
  const isOver = of.closed_at !== null;
  if (small) {
    return (
      <span class="progress-small" role="img" aria-label={stageWords(of)}>
        {OUTSIDE.map((outside, index) => (
          <i key={outside} class={index <= here ? "done" : ""} />
        ))}
      </span>
    );
  }
  return (
    <ol class={`progress ${isOver && of.ended_as !== "closed" ? "is-cancelled" : ""}`} aria-label={t("case_stages")}>
      {OUTSIDE.map((outside, index) => (
        <li key={outside} class={index < here || isOver ? "done" : index === here ? "here" : ""} aria-current={index === here ? "step" : undefined}>
          <span class="progress-dot">{index < here || isOver ? <Icon name="check" size={14} /> : index + 1}</span>
          {t(`outside_${outside}`)}
        </li>
      ))}
    </ol>
  );
}

/** What is special about a case, besides its stage. */
export function CaseMarks({ of }: { of: Case }) {
  const marks: (string | null)[] = [
    of.key_case ? t("mark_key_case") : null,
    of.urged_at !== null && (of.urge_answered_at === null || of.urge_answered_at < of.urged_at) ? t("mark_overdue_urged") : null,
    of.rework_count > 0 ? t("mark_rework", { n: of.rework_count }) : null,
    of.return_count > 0 ? t("mark_returned", { n: of.return_count }) : null,
    of.deferral_count > 0 ? t("mark_deferred", { n: of.deferral_count }) : null,
    of.deferral_asked !== null ? t("mark_deferral_asked") : null,
    of.suspension_asked !== null ? t("mark_suspension_asked", { date: date(of.suspension_asked) }) : null,
    of.appeal !== null ? word("mark_appeal", of.appeal) : null,
    of.reopen_count > 0 ? t("mark_reopened", { n: of.reopen_count }) : null,
    of.forced ? t("mark_forced") : null,
    of.closed_while_seen ? t("mark_closed_while_seen") : null,
  ];
  return (
    <>
      {marks.map((mark) => mark !== null && <span key={mark} class="badge is-mark">{mark}</span>)}
      {of.merged_into !== null && <a class="badge is-mark" href={caseAddress(of.merged_into)}>{t("mark_merged", { number: of.merged_into })}</a>}
      {of.split_from !== null && <a class="badge is-mark" href={caseAddress(of.split_from)}>{t("mark_split", { number: of.split_from })}</a>}
    </>
  );
}

export const StageBadge = ({ of }: { of: Case }) => <span class={`badge is-${outsideOf(of)}`}>{stageWords(of)}</span>;

export const RestoredBadge = () => (
  <span class="badge is-restored">
    <Icon name="check" size={13} />
    {t("case_restored")}
  </span>
);

export function CaseSymbol({ of, size = 26 }: { of: Case; size?: number }) {
  return (
    <img class="symbol" alt="" width={size} height={size} src={symbolImage(`case-${urgency(of, now.value)}-${caseGlyph(of.type)}`)} />
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
          <span class="case-row-stage">{stageWords(of)}</span>
          <Countdown of={of} />
        </span>
      </span>
    </a>
  );
}

export const caseAddress = (number: string): string => address({ page: "cases", number, choice: EVERY_OPEN_CASE });
export const mapAddress = (number: string): string => address({ page: "map", selection: { kind: "case", id: number } });
