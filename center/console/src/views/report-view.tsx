/** A person's report of a problem: how the city heard of it, what it is, where, and whether it is open already. */

import { useEffect, useRef, useState } from "preact/hooks";
import { center } from "../api/client";
import type { Case, CaseDetail, Code } from "../api/types";
import type { LatLon } from "../geometry";
import { named, t, word } from "../i18n";
import { caseStreet, caseTitle, Countdown } from "../parts/case-parts";
import { CodeChoice, limitWords } from "../parts/code-choice";
import { Icon } from "../parts/icons";
import { PictureField } from "../parts/picture-field";
import { PlaceMap } from "../parts/place-map";
import { PlaceSearch } from "../parts/place-search";
import { sentence } from "../parts/problem";
import { TimeField } from "../parts/time-field";
import { address, go, route } from "../routes";
import { Acting, RequestKey } from "../state/acting";
import { EVERY_OPEN_CASE } from "../state/case-choice";
import { draftOf, dropDraft, keepDraft } from "../state/drafts";
import { session } from "../state/live";
import { bodyOf, keyOf, LEVELS, noReport, type ReportFields, SOURCES, WITH_CALLER } from "../state/report";
import { say } from "../state/said";
import { stepsOf } from "../state/steps";
import { stageWords } from "../state/workflows";

/** Open cases so near may be the same problem. */
const NEAR_M = 100;
/** The name under which the form is kept until it is sent. */
const DRAFT = "report";

export function ReportView() {
  const current = route.value;
  return current.page === "report" ? <ReportPage place={current.place} /> : null;
}

function ReportPage({ place }: { place: LatLon | null }) {
  const { login = "", roles = [] } = session.value ?? {};
  const [fields, setFields] = useState<ReportFields>(() => ({ ...noReport(roles), ...draftOf(login, DRAFT)?.fields }));
  const [codes, setCodes] = useState<readonly Code[] | null>(null);
  const [near, setNear] = useState<readonly Case[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [lacking, setLacking] = useState<"code" | "place" | null>(null);
  const middle = useRef<() => LatLon>(() => ({ lat: 0, lon: 0 }));
  const pictures = useRef<HTMLInputElement>(null);
  const requests = useRef({ key: new RequestKey(), acting: new Acting() });
  const code = codes?.find((one) => keyOf(one) === fields.code) ?? null;

  useEffect(() => void center.codes().then(setCodes, setProblem), []);
  useEffect(() => {
    setNear([]);
    if (place === null) return undefined;
    let wanted = true;
    center.casesNear(place, NEAR_M).then(({ cases }) => wanted && setNear(cases), () => {}); // the report can be made without them
    return () => {
      wanted = false;
    };
  }, [place?.lat, place?.lon]);

  const change = (some: Partial<ReportFields>): void => {
    const next = { ...fields, ...some };
    setFields(next);
    setLacking(null);
    const { same: _, call_back: __, public: ___, ...kept } = next;
    keepDraft(login, DRAFT, { action: "report", fields: kept });
  };
  const choosePlace = (to: LatLon, component: string | null = null): void => {
    change({ component: component ?? "", same: "" });
    go({ page: "report", place: to }, { replace: true });
  };
  const send = async (): Promise<void> => {
    if (code === null || place === null) {
      setLacking(code === null ? "code" : "place");
      return;
    }
    setBusy(true);
    setProblem(null);
    const body = bodyOf(fields, code, place);
    const files = [...(pictures.current?.files ?? [])];
    try {
      const made = await requests.current.key.with(JSON.stringify(body), files, (key) => center.report(body, files, key));
      dropDraft(login, DRAFT);
      const number = fields.same === "" ? made.case.number : await joined(made, fields.same, requests.current.acting);
      const isNew = number === made.case.number && made.events.at(-1)?.action !== "join";
      say(t(isNew ? "report_done" : "report_joined", { number, stage: stageWords(made.case) }));
      go({ page: "cases", number, choice: EVERY_OPEN_CASE });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const field = (name: "title" | "caller" | "telephone", label: Parameters<typeof t>[0], most: number) => (
    <label class="field">
      {t(label)}
      <input type="text" inputMode={name === "telephone" ? "tel" : "text"} name={name} value={fields[name]} maxLength={most} autocomplete="off" onInput={(event) => change({ [name]: event.currentTarget.value })} />
    </label>
  );
  return (
    <main id="content" class="past-view report-view">
      <form class="past-side" aria-label={t("report")} onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}>
        <header class="past-head"><div><h1>{t("report")}</h1></div></header>
        <fieldset class="field radios">
          <legend>{t("case_source")}</legend>
          {SOURCES.map((one) => (
            <label key={one}><input type="radio" name="source" value={one} checked={fields.source === one} onChange={() => change({ source: one })} />{word("source", one)}</label>
          ))}
        </fieldset>
        {codes === null ? problem === null && <div class="skeleton" aria-busy="true" /> : <CodeChoice codes={codes} value={fields.code} onChange={(next) => change({ code: next, condition: "" })} />}
        {code !== null && (
          <label class="field">
            {t("do_condition")}
            <select name="condition" value={fields.condition} onChange={(event) => change({ condition: event.currentTarget.value })}>
              <option value="">{t("report_condition_later")}</option>
              {code.conditions.map((one) => <option key={one.condition} value={one.condition}>{named(one.name, one.name_en)} · {limitWords(one.limit)}</option>)}
            </select>
            <Needs of={code} condition={fields.condition} />
          </label>
        )}
        <section class="report-place" aria-label={t("place")}>
          <h2>{t("place")}</h2>
          <p>{place === null ? t("report_place_choose") : `${place.lat.toFixed(5)}, ${place.lon.toFixed(5)}`}{fields.component !== "" && ` · ${t("component")} ${fields.component}`}</p>
          <PlaceSearch onPlace={choosePlace} />
          <button type="button" class="button" onClick={() => choosePlace(middle.current())}><Icon name="pin" size={18} />{t("report_place_middle")}</button>
        </section>
        {near.length > 0 && <Near of={near} same={fields.same} onSame={(same) => change({ same })} />}
        {field("title", "report_title", 100)}
        <label class="field">
          {t("report_words")}
          <textarea name="description" rows={3} maxLength={1000} value={fields.description} onInput={(event) => change({ description: event.currentTarget.value })} />
        </label>
        <label class="field">
          {t("report_level")}
          <select name="level" value={fields.level} onChange={(event) => change({ level: event.currentTarget.value })}>
            <option value="">{t("report_level_none")}</option>
            {LEVELS.map((one) => <option key={one} value={one}>{t(`level_${one}`)}</option>)}
          </select>
        </label>
        {WITH_CALLER.has(fields.source) && (
          <fieldset class="report-caller">
            <legend>{t("case_caller")}</legend>
            {field("caller", "people_name", 64)}
            {field("telephone", "people_telephone", 32)}
            <label class="switch"><input type="checkbox" role="switch" checked={fields.call_back} onChange={(event) => change({ call_back: event.currentTarget.checked })} /><span />{t("report_call_back")}</label>
            {fields.call_back && fields.telephone.trim() === "" && <p class="notice is-bad" role="status">{t("report_call_back_needs")}</p>}
            <label class="switch"><input type="checkbox" role="switch" name="public" checked={fields.public} onChange={(event) => change({ public: event.currentTarget.checked })} /><span />{t("report_public")}</label>
            <div class="field">{t("report_called_at")}<TimeField type="datetime-local" label={t("report_called_at")} value={fields.called_at} onChange={(called_at) => change({ called_at })} /></div>
          </fieldset>
        )}
        <PictureField field={pictures} />
        {lacking !== null && <p class="notice is-bad" role="alert">{t(lacking === "code" ? "report_needs_code" : "report_needs_place")}</p>}
        {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
        <div class="row">
          <button type="submit" class="button is-primary" data-send disabled={busy || codes === null}>{t(busy ? "do_busy" : fields.same === "" ? "report_send" : "report_send_same")}</button>
          <a class="button" href={address({ page: "cases", number: null, choice: EVERY_OPEN_CASE })}>{t("do_back")}</a>
        </div>
      </form>
      <PlaceMap place={place} near={near} onPlace={choosePlace} onReady={(tells) => {
        middle.current = tells;
      }} />
    </main>
  );
}

/** What the table of conditions says that a report must show. */
function Needs({ of, condition }: { of: Code; condition: string }) {
  const chosen = of.conditions.find((one) => one.condition === condition) ?? of.conditions[0];
  const needs = chosen === undefined ? "" : named(chosen.report_needs, chosen.report_needs_en);
  return needs === "" ? null : <small>{t("report_must_show", { needs })}</small>;
}

/** Open cases around the place: it may be one of these. */
const Near = ({ of, same, onSame }: { of: readonly Case[]; same: string; onSame: (number: string) => void }) => (
  <fieldset class="report-near" data-near={of.length}>
    <legend>{t("report_near", { m: NEAR_M })}</legend>
    <label><input type="radio" name="same" checked={same === ""} onChange={() => onSame("")} /><span>{t("report_new")}</span></label>
    {of.map((found) => (
      <label key={found.number}>
        <input type="radio" name="same" checked={same === found.number} onChange={() => onSame(found.number)} />
        <span>
          <strong>{caseTitle(found)}</strong> <small>{[caseStreet(found), found.number, stageWords(found)].filter(Boolean).join(" · ")}</small> <Countdown of={found} />
        </span>
      </label>
    ))}
  </fieldset>
);

/**
 * Merge a new report into the open case that it is about by the reporter's word.
 *
 * @returns the number of the case that goes on: the report's own if the workflow or the account does not allow the merging.
 */
async function joined(made: CaseDetail, same: string, acting: Acting): Promise<string> {
  const { number, sequence } = made.case;
  if (number === same) return number;
  if (!stepsOf(made).some(({ action, refusal }) => action === "merge" && refusal === null)) return number;
  await acting.act(number, { action: "merge", expected_sequence: sequence, into: same });
  return same;
}
