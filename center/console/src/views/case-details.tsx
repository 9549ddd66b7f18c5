/** One case: its pictures, its place, its history, and what can be done with it now. */

import { useEffect, useRef, useState } from "preact/hooks";
import { center, evidenceUrl, Refused } from "../api/client";
import type { Case, CaseDetail, EvidenceFile } from "../api/types";
import { fullTime, moment } from "../format";
import { named, t, word } from "../i18n";
import { Callers } from "../parts/callers";
import { CaseActions } from "../parts/case-actions";
import { entering } from "../parts/case-keys";
import { CaseMarks, CaseSymbol, caseDepartment, CaseRow, caseStreet, caseTitle, Countdown, mapAddress, Progress, RestoredBadge, StageBadge } from "../parts/case-parts";
import { CheckAndClose } from "../parts/check-and-close";
import { Documents } from "../parts/documents";
import { PublicRelease } from "../parts/public-release";
import { Timeline } from "../parts/timeline";
import { Fact } from "../parts/fact";
import { later } from "../parts/later";
import { Icon } from "../parts/icons";
import { Lightbox, Photo, Thumbnail } from "../parts/photo";
import { sentence } from "../parts/problem";
import { CamerasNear, VisitsLink } from "../parts/map-panel";
import { address, go } from "../routes";
import type { CaseChoice } from "../state/case-choice";
import { useAskAgain } from "../state/use-case-list";
import { casesByNumber, connection, endedCases, may, now, reconnections } from "../state/live";

const MiniMap = later(() => import("../parts/mini-map"), "MiniMap", (content) => <div class="mini-map">{content}</div>);
const ROLES = ["before", "finding", "restored", "after"] as const;

export function CaseDetails({ number, choice }: { number: string; choice: CaseChoice }) {
  const [detail, setDetail] = useState<CaseDetail | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const gapsThen = useRef(reconnections.peek());
  const live = casesByNumber.value.get(number) ?? endedCases.value.find((found) => found.number === number);
  const gaps = reconnections.value;
  const liveSequence = live?.sequence ?? 0;
  const shown = detail?.case.number === number ? detail : null;

  useEffect(() => {
    if (shown !== null && shown.case.sequence >= liveSequence && round === 0 && gaps === gapsThen.current) return undefined;
    gapsThen.current = gaps;
    let wanted = true;
    center.case(number).then(
      (found) => {
        if (!wanted) return;
        setDetail(found);
        setProblem(null);
      },
      (error: unknown) => {
        if (wanted) setProblem(error);
      },
    );
    return () => {
      wanted = false;
    };
  }, [number, liveSequence, round, gaps]);
  useEffect(() => {
    if (shown === null || (innerWidth >= 900 && entering.value !== number)) return;
    entering.value = null;
    heading.current?.focus();
  }, [shown?.case.number, entering.value]);

  useAskAgain(connection.value !== "live", () => setRound((old) => old + 1));

  const back = address({ page: "cases", number: null, choice });
  if (shown === null) {
    return (
      <section class="case-details">
        <a class="back-link" href={back}><Icon name="back" size={18} />{t("cases_back")}</a>
        {problem !== null && (
          <p class="notice is-bad" role="alert">
            {problem instanceof Refused && problem.status === 404 ? t("case_missing", { number }) : sentence(problem)}
          </p>
        )}
        {problem === null && <div class="skeleton" aria-busy="true" />}
      </section>
    );
  }
  const of = live !== undefined && live.sequence > shown.case.sequence ? live : shown.case;
  return (
    <section class="case-details" aria-label={`${of.number} ${caseTitle(of)}`} onKeyDown={(event) => {
      if (event.key === "Escape" && event.target === event.currentTarget) go({ page: "cases", number: null, choice });
    }}>
      <a class="back-link" href={back}><Icon name="back" size={18} />{t("cases_back")}</a>
      <header class="case-head">
        <CaseSymbol of={of} size={48} />
        <div class="case-head-words">
          <small data-field="number">{of.number}</small>
          <h2 ref={heading} tabIndex={-1}>{caseTitle(of)}</h2>
          <p>{caseStreet(of)}</p>
          {of.description !== null && <p class="case-words">{of.description}</p>}
        </div>
        <div class="case-head-state">
          <span class="row">
            <StageBadge of={of} />
            {of.restored_at !== null && <RestoredBadge />}
            <CaseMarks of={of} />
          </span>
          <Countdown of={of} bar />
        </div>
      </header>
      <Progress of={of} />
      {of.workflow !== null && <a class="workflow-link" href={address({ page: "workflow", name: of.workflow, version: of.workflow_version, stage: of.stage })}>{t("workflow_show")}</a>}
      <div class="case-columns">
        <div class="case-main">
          <CheckAndClose detail={shown} onDone={setDetail} onStale={() => setRound(round + 1)} />
          <CaseActions detail={shown} onDone={setDetail} onStale={() => setRound(round + 1)} />
          <Evidence files={shown.evidence} />
          <Documents number={of.number} version={of.sequence} onIssued={() => setRound((old) => old + 1)} />
          {of.source !== null && may("case.publish") && <PublicRelease key={`${of.number} ${of.sequence}`} number={of.number} files={shown.evidence} />}
          <section class="card">
            <h3>{t("case_history")}</h3>
            <Timeline of={shown} />
          </section>
        </div>
        <aside class="case-side">
          <section class="card case-place">
            <MiniMap of={of} />
            {may("live.read") && <a class="button is-wide" href={mapAddress(of.number)}><Icon name="pin" size={18} />{t("show_on_map")}</a>}
            <VisitsLink place={of} time={of.reported_at} />
          </section>
          {shown.siblings.length > 0 && <Siblings of={shown.siblings} choice={choice} />}
          <section class="card">
            <h3>{t("case_facts")}</h3>
            <CaseFacts of={of} callers={shown.callers} names={shown.names} incidents={shown.incidents} />
          </section>
          {may("camera.read") && (
            <section class="card">
              <CamerasNear to={of} onChoose={(to) => go({ page: "cameras", camera: to.id })} />
            </section>
          )}
        </aside>
      </div>
    </section>
  );
}

function CaseFacts({ of, callers, names, incidents }: { of: Case } & Pick<CaseDetail, "callers" | "names" | "incidents">) {
  const nameOf = (login: string): string => names[login] ?? login;
  const seen = [...new Set(incidents.flatMap(({ recognised }) => recognised ?? []))];
  return (
    <dl class="facts">
      <Fact name={t("case_department")}>{caseDepartment(of)}</Fact>
      {of.assignee !== null && <Fact name={t("do_assignee")}>{nameOf(of.assignee)}</Fact>}
      {of.task !== null && <Fact name={t("case_task")}>{[t(of.task.kind === "verify" ? "action_verify" : "action_check_request"), of.task.assignee === null ? "" : nameOf(of.task.assignee)].filter(Boolean).join(" · ")}</Fact>}
      <Fact name={t("case_holder")}>{word("holder", of.holder)}</Fact>
      <TimeFact name={t("case_reported")} time={of.reported_at} />
      <TimeFact name={t("case_opened")} time={of.opened_at} />
      <TimeFact name={t("case_dispatched")} time={of.dispatched_at} />
      <TimeFact name={t("case_handled")} time={of.handled_at} />
      <TimeFact name={t("case_deadline")} time={of.deadline_at} />
      <TimeFact name={t("case_handling_deadline")} time={of.handling_deadline_at === of.deadline_at ? null : of.handling_deadline_at} />
      <TimeFact name={t("case_closed")} time={of.closed_at} />
      {of.source !== null && <Fact name={t("case_source")}>{word("source", of.source)}</Fact>}
      <Fact name={t("case_street")}>{caseStreet(of) || t("not_known")}</Fact>
      <Fact name={t("case_grid")}>{of.grid_cell ?? t("not_known")}</Fact>
      <Fact name={t("case_code")}>{of.code} · {named(of.code_name, of.code_name_en)}</Fact>
      {of.component !== null && <Fact name={t("case_component")}>{of.component}</Fact>}
      {of.camera !== null && <Fact name={t("case_camera")}><a href={address({ page: "cameras", camera: of.camera })}>{of.camera}</a></Fact>}
      {callers.length > 0 && <Fact name={t("case_caller")}><Callers number={of.number} of={callers} /></Fact>}
      {seen.length > 0 && <Fact name={t("case_recognised")}>{seen.map((name) => word("recognised", name)).join(" · ")}</Fact>}
      <Fact name={t("case_reports")}>{of.reports}</Fact>
    </dl>
  );
}

/** Open cases that may be the same problem: to be looked at, and merged if they are. */
const Siblings = ({ of, choice }: { of: readonly Case[]; choice: CaseChoice }) => (
  <section class="card">
    <h3>{t("case_siblings")}</h3>
    {of.map((found) => <CaseRow key={found.number} of={found} to={address({ page: "cases", number: found.number, choice })} />)}
  </section>
);

const TimeFact = ({ name, time }: { name: string; time: string | null }) =>
  time === null ? null : <Fact name={name}><time dateTime={time} title={fullTime(time)}>{moment(time, now.value)}</time></Fact>;

/** The pictures in the order of what happened; of each kind the newest large, older ones small. */
function Evidence({ files }: { files: EvidenceFile[] }) {
  const [open, setOpen] = useState<number | null>(null);
  const sorted = files
    .filter((file) => file.media_type.startsWith("image/"))
    .sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || Date.parse(b.taken_at) - Date.parse(a.taken_at));
  const isNewest = (file: EvidenceFile): boolean => sorted.find((one) => one.role === file.role) === file;
  const newest = sorted.filter(isNewest);
  const pictures = [...newest, ...sorted.filter((file) => !isNewest(file))];
  const caption = (file: EvidenceFile): string => t("picture_of", { role: t(`role_${file.role}`), time: moment(file.taken_at, now.value) });
  const picture = (file: EvidenceFile, index: number) => (
    <button
      type="button"
      key={file.digest + file.role}
      class={`evidence-picture is-${file.role}`}
      data-evidence={isNewest(file) ? file.role : "older"}
      aria-label={t("picture_enlarge", { what: caption(file) })}
      onClick={() => setOpen(index)}
    >
      {isNewest(file) ? <Photo src={evidenceUrl(file.digest)} alt={caption(file)} /> : <Thumbnail src={evidenceUrl(file.digest, "thumbnail")} alt={caption(file)} />}
      <span class="evidence-caption">
        <strong>{t(`role_${file.role}`)}</strong>
        <time dateTime={file.taken_at}>{moment(file.taken_at, now.value)}</time>
      </span>
    </button>
  );
  return (
    <section class="card evidence" aria-label={t("case_evidence")}>
      <h3>{t("case_evidence")}</h3>
      {pictures.length === 0 && <p class="empty">{t("case_no_evidence")}</p>}
      <div class="evidence-pictures">{pictures.slice(0, newest.length).map(picture)}</div>
      {pictures.length > newest.length && (
        <>
          <h4>{t("case_evidence_older")}</h4>
          <div class="evidence-older">{pictures.slice(newest.length).map((file, index) => picture(file, newest.length + index))}</div>
        </>
      )}
      {open !== null && (
        <Lightbox slides={pictures.map((file) => ({ src: evidenceUrl(file.digest), caption: caption(file) }))} start={open} onClose={() => setOpen(null)} />
      )}
    </section>
  );
}
