/** The desk of the hotline: calls that are promised, and the hand-over of the shift. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../api/client";
import type { Case, CaseDetail, Handover, Shift } from "../api/types";
import { fullTime, moment, number } from "../format";
import { t } from "../i18n";
import { Callers } from "../parts/callers";
import { caseAddress, CaseRow } from "../parts/case-parts";
import { Icon } from "../parts/icons";
import { sentence } from "../parts/problem";
import { Acting } from "../state/acting";
import { may, now, session } from "../state/live";
import { say } from "../state/said";

const CONTENT = ["very_content", "content", "not_content", "not_reached"] as const;
const KINDS = ["open", "overdue", "urged", "call_backs"] as const;

export function HotlineView() {
  return (
    <main id="content" class="page hotline-view">
      <header class="page-head">
        <h1>{t("nav_hotline")}</h1>
        {may("case.report") && <a class="button is-primary" href="/report"><Icon name="report" size={18} />{t("nav_report")}</a>}
      </header>
      <div class="hotline-columns">
        <CallBacks />
        {may("shift.hand_over") && <Handovers />}
      </div>
    </main>
  );
}

/** Ended cases whose callers wait for a call, the last one that changed first. */
function CallBacks() {
  const [cases, setCases] = useState<readonly Case[] | null>(null);
  const [total, setTotal] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const ask = (): void =>
    void center.toCallBack().then((page) => {
      setCases(page.cases);
      setTotal(page.total);
      setProblem(null);
    }, setProblem);
  useEffect(ask, []);
  return (
    <section class="card call-backs" aria-labelledby="call-backs">
      <h2 id="call-backs">{t("callback_list")} {total > 0 && <b class="badge">{number(total)}</b>}</h2>
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)} <button type="button" class="link-button" onClick={ask}>{t("retry")}</button></p>}
      {cases === null && problem === null && <div class="skeleton" aria-busy="true" />}
      {cases?.length === 0 && <p class="empty" role="status">{t("callback_none")}</p>}
      <ul>
        {cases?.map((of) => (
          <li key={of.number} data-call-back={of.number}>
            <CaseRow of={of} to={caseAddress(of.number)} />
            {chosen === of.number ? (
              <Call number={of.number} onDone={() => {
                setChosen(null);
                ask();
              }} />
            ) : (
              <button type="button" class="button is-small" onClick={() => setChosen(of.number)}>{t("callback_begin")}</button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One call: the contact, and what the caller says. */
function Call({ number: of, onDone }: { number: string; onDone: () => void }) {
  const [detail, setDetail] = useState<CaseDetail | null>(null);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [acting] = useState(() => new Acting());
  useEffect(() => void center.case(of).then(setDetail, setProblem), [of]);
  const tell = async (answer: (typeof CONTENT)[number]): Promise<void> => {
    if (detail === null) return;
    setBusy(true);
    setProblem(null);
    try {
      await acting.act(of, { action: "call_back", expected_sequence: detail.case.sequence, answer, ...(note.trim() === "" ? {} : { note: note.trim() }) });
      say(t("callback_done", { number: of }));
      onDone();
    } catch (error) {
      setProblem(error);
      void center.case(of).then(setDetail, () => {});
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="call">
      {detail !== null && <Callers number={of} of={detail.callers} />}
      <label class="field">{t("callback_note")}<textarea rows={2} maxLength={1000} value={note} onInput={(event) => setNote(event.currentTarget.value)} /></label>
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
      <div class="row" role="group" aria-label={t("callback_content")}>
        {CONTENT.map((answer) => (
          <button key={answer} type="button" class="button" data-answer={answer} disabled={busy || detail === null} onClick={() => void tell(answer)}>{t(`content_${answer}`)}</button>
        ))}
      </div>
    </div>
  );
}

/** What the shift leaves, the note for the next, and what earlier shifts left. */
function Handovers() {
  const [shift, setShift] = useState<Shift | null>(null);
  const [kept, setKept] = useState<readonly Handover[] | null>(null);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const ask = (): void => {
    Promise.all([center.shift(), center.handovers()]).then(([now, page]) => {
      setShift(now);
      setKept(page.handovers);
      setProblem(null);
    }, setProblem);
  };
  useEffect(ask, []);
  const doing = (work: Promise<unknown>): void => {
    setBusy(true);
    work.then(ask, setProblem).finally(() => setBusy(false));
  };
  return (
    <section class="card handovers" aria-labelledby="handovers">
      <h2 id="handovers">{t("handover")}</h2>
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)} <button type="button" class="link-button" onClick={ask}>{t("retry")}</button></p>}
      {shift === null && problem === null && <div class="skeleton" aria-busy="true" />}
      {shift !== null && (
        <dl class="shift-figures">
          {KINDS.map((kind) => <div key={kind} data-shift={kind}><dt>{t(`handover_${kind}`)}</dt><dd>{number(shift[kind].total)}</dd></div>)}
        </dl>
      )}
      <form onSubmit={(event) => {
        event.preventDefault();
        doing(center.handOver(note.trim()).then(() => setNote("")));
      }}>
        <label class="field">{t("handover_note")}<textarea name="note" required rows={4} maxLength={4000} value={note} onInput={(event) => setNote(event.currentTarget.value)} /></label>
        <button type="submit" class="button is-primary" disabled={busy || note.trim() === "" || shift === null}>{t("handover_do")}</button>
      </form>
      <h3>{t("handover_kept")}</h3>
      {kept?.length === 0 && <p class="empty">{t("handover_none")}</p>}
      <ol class="handover-list">
        {kept?.map((one) => (
          <li key={one.handover_id} data-handover={one.handover_id}>
            <p><strong>{one.name ?? one.login}</strong> <time dateTime={one.at} title={fullTime(one.at)}>{moment(one.at, now.value)}</time></p>
            <p class="handover-note">{one.note}</p>
            <p><small>{KINDS.map((kind) => `${t(`handover_${kind}`)} ${number(one[kind].total)}`).join(" · ")}</small></p>
            {one.overdue.numbers.length > 0 && <p class="handover-numbers">{one.overdue.numbers.map((of) => <a key={of} href={caseAddress(of)}>{of}</a>)}</p>}
            {one.acknowledged_by !== null && one.acknowledged_at !== null ? (
              <p class="handover-seen"><Icon name="check" size={16} />{t("handover_acknowledged", { name: one.acknowledged_name ?? one.acknowledged_by, time: moment(one.acknowledged_at, now.value) })}</p>
            ) : one.login === session.value?.login ? (
              <p class="empty">{t("handover_waits")}</p>
            ) : (
              <button type="button" class="button" data-acknowledge disabled={busy} onClick={() => doing(center.acknowledgeHandover(one.handover_id))}>{t("handover_acknowledge")}</button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
