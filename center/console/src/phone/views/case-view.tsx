/** A case on the phone: what it is, where, its pictures, and what is asked of the person. */

import { useState } from "preact/hooks";
import { center, evidenceUrl } from "../../api/client";
import type { CaseDetail, EvidenceFile } from "../../api/types";
import { coordinates, metres, moment } from "../../format";
import { distanceM } from "../../geometry";
import { word } from "../../i18n";
import { CaseMarks, caseStreet, caseTitle, Countdown, StageBadge } from "../../parts/case-parts";
import { Icon } from "../../parts/icons";
import { Thumbnail } from "../../parts/photo";
import { stepWords } from "../../parts/step-words";
import { Timeline } from "../../parts/timeline";
import { now, session } from "../../state/live";
import { possibleNow, type Step, stepsOf } from "../../state/steps";
import type { Draft } from "../draft";
import { fix } from "../gps";
import { useAnswer } from "../kept";
import { drafts } from "../outbox";
import { State } from "../parts/state";
import { StepForm } from "../parts/step-form";
import { address } from "../routes";
import { isForPhone, taskWords } from "../tasks";
import { p } from "../words";

export function CaseView({ number }: { number: string }) {
  const answer = useAnswer<CaseDetail>(`case ${number}`, () => center.case(number));
  const detail = answer.value;
  return (
    <>
      <State of={answer} />
      {detail !== null && <Detail of={detail} />}
    </>
  );
}

function Detail({ of: detail }: { of: CaseDetail }) {
  const { case: of } = detail;
  const here = fix.value;
  const task = of.task?.assignee === session.value?.login ? of.task : null;
  return (
    <>
      <section class="card phone-detail">
        {task !== null && (
          <p class="notice">
            <span><strong>{taskWords(of)}</strong> <small>{p("task_asked", { who: nameOf(detail, task.asked_by) })}</small>{task.note !== null && <><br />{task.note}</>}</span>
          </p>
        )}
        <h2>{caseTitle(of)}</h2>
        <div class="row"><StageBadge of={of} /><Countdown of={of} /><CaseMarks of={of} /></div>
        {of.description !== null && <blockquote aria-label={p("case_said")}>{of.description}</blockquote>}
        <p>
          <Icon name="pin" size={18} /> {caseStreet(of) || coordinates(of.lat, of.lon)}
          {here !== null && <small> · {metres(distanceM(here, of))}</small>}
          {" "}<a class="button is-quiet" href={`geo:${of.lat},${of.lon}?q=${of.lat},${of.lon}`}>{p("case_navigate")}</a>
        </p>
        {of.deadline_at !== null && <small>{p("case_deadline")} {moment(of.deadline_at, now.value)}</small>}
      </section>
      <Steps of={detail} />
      {detail.evidence.length > 0 && (
        <section class="card">
          <h2>{p("case_files")}</h2>
          <ul class="phone-evidence">{detail.evidence.map((file) => <Evidence key={`${file.digest}${file.role}`} of={file} />)}</ul>
        </section>
      )}
      <section class="card">
        <h2>{p("case_history")}</h2>
        <Timeline of={detail} />
      </section>
    </>
  );
}

/** The phone's steps first; what needs a larger screen is named. */
function Steps({ of: detail }: { of: CaseDetail }) {
  const { number } = detail.case;
  const steps = possibleNow(stepsOf(detail));
  const here = steps.filter(isForPhone);
  const elsewhere = steps.filter((step) => !isForPhone(step));
  const begun = stepDraftOf(drafts.value, number);
  const task = detail.case.task?.assignee === session.value?.login ? `${detail.case.task?.kind}_answer` : null;
  const [action, setAction] = useState<string | null>(begun?.what.kind === "step" ? begun.what.words.action : task);
  const chosen = here.find((step) => step.action === action) ?? (here.length === 1 ? here[0] : undefined);
  if (begun?.state === "waiting") {
    return <section class="card"><p class="notice" data-waits>{p("step_waits")} <a href={address({ page: "outbox" })}>{p("outbox")}</a></p></section>;
  }
  return (
    <section class="card phone-steps" aria-label={p("steps")}>
      {here.length === 0 && <p class="empty">{p("steps_none")}</p>}
      {here.length > 1 && (
        <div class="row">
          {usualFirst(here, detail).map((step) => (
            <button type="button" key={step.action} class={`button ${step.isPrimary ? "is-primary" : ""}`} aria-pressed={chosen === step} data-action={step.action} onClick={() => setAction(step.action)}>{stepWords(step)}</button>
          ))}
        </div>
      )}
      {chosen !== undefined && <StepForm key={chosen.action} detail={detail} step={chosen} found={begun?.what.kind === "step" && begun.what.words.action === chosen.action ? begun : null} onCancel={() => setAction(null)} />}
      {elsewhere.length > 0 && <small>{p("steps_elsewhere", { steps: elsewhere.map(stepWords).join(", ") })}</small>}
    </section>
  );
}

/** What was written or waits for this case. */
const stepDraftOf = (all: readonly Draft[], number: string): Draft | null =>
  all.filter(({ what, state }) => what.kind === "step" && what.words.number === number && state !== "sent").at(-1) ?? null;

/** The answer to a task comes before all else. */
const usualFirst = (steps: readonly Step[], { case: of }: CaseDetail): Step[] => {
  const rank = ({ action, isPrimary }: Step): number => (of.task !== null && action === `${of.task.kind}_answer` ? 0 : isPrimary ? 1 : 2);
  return [...steps].sort((one, other) => rank(one) - rank(other));
};

function Evidence({ of }: { of: EvidenceFile }) {
  const what = word("role", of.role);
  const isPicture = of.media_type.startsWith("image/");
  return (
    <li>
      <a href={evidenceUrl(of.digest)} target="_blank" rel="noreferrer" aria-label={p("case_file", { what })}>
        {isPicture ? <Thumbnail src={evidenceUrl(of.digest, "thumbnail")} alt="" /> : <span class="photo"><span class="photo-none">{p(of.media_type.startsWith("audio/") ? "file_sound" : "file_video")}</span></span>}
        <small>{what} · {moment(of.taken_at, now.value)}</small>
      </a>
    </li>
  );
}

const nameOf = (detail: CaseDetail, login: string): string => detail.names[login] ?? login;
