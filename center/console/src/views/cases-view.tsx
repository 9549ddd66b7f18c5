/** Cases: the list, and beside it the one that is chosen. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../api/client";
import type { Case, Stage } from "../api/types";
import { number } from "../format";
import { t, word } from "../i18n";
import { CaseRow, caseTitle } from "../parts/case-parts";
import { sentence } from "../parts/problem";
import { address, go, route } from "../routes";
import { type CaseChoice, isChosen, mergeCases, missesEnd, type Scope } from "../state/case-list";
import { casesByNumber, connection, endedCases, openCases, reconnections } from "../state/live";
import { CaseDetails } from "./case-details";

const STAGES: readonly Stage[] = ["opened", "dispatched", "handled", "checked", "closed", "cancelled"];
const SCOPES: readonly Scope[] = ["open", "ended", "all"];
const PAGE = 50;

export function CasesView() {
  const current = route.value;
  if (current.page !== "cases") return null;
  const { choice } = current;
  const list = useCaseList(choice);
  const chosen = current.number;
  const choose = (change: Partial<CaseChoice>): void =>
    go({ page: "cases", number: chosen, choice: { ...choice, ...change } }, { replace: true });
  return (
    <main id="content" class={`cases-view ${chosen === null ? "" : "has-detail"}`}>
      <h1 class="hidden">{t("cases")}</h1>
      <section class="cases-list" aria-label={t("cases")}>
        <header class="cases-head">
          <div class="cases-title">
            <h2>{t("cases")}</h2>
            <span>{t("cases_shown", { n: number(list.cases.length) })}</span>
          </div>
          <div class="segments is-words" role="radiogroup" aria-label={t("cases_scope")}>
            {SCOPES.map((scope) => (
              <label key={scope}>
                <input type="radio" name="scope" class="hidden" checked={choice.scope === scope} onChange={() => choose({ scope, stage: null })} />
                {t(`scope_${scope}`)}
              </label>
            ))}
          </div>
          <div class="cases-filters">
            <label>
              {t("cases_stage")}
              <select value={choice.stage ?? ""} onChange={(event) => choose({ stage: (event.currentTarget.value || null) as Stage | null })}>
                <option value="">{t("any")}</option>
                {STAGES.filter((stage) => fits(stage, choice.scope)).map((stage) => (
                  <option key={stage} value={stage}>{word("stage", stage)}</option>
                ))}
              </select>
            </label>
            <label>
              {t("cases_type")}
              <select value={choice.type ?? ""} onChange={(event) => choose({ type: event.currentTarget.value || null })}>
                <option value="">{t("any")}</option>
                {list.types.map(([type, title]) => (
                  <option key={type} value={type}>{title}</option>
                ))}
              </select>
            </label>
          </div>
        </header>
        <div class="cases-rows" aria-busy={list.busy}>
          {list.problem !== null && (
            <p class="notice is-bad" role="alert">
              {sentence(list.problem)} <button type="button" class="link-button" onClick={list.again}>{t("retry")}</button>
            </p>
          )}
          {list.cases.length === 0 && !list.busy && list.problem === null && (
            <p class="empty">{t(choice.scope === "open" && choice.stage === null && choice.type === null ? "cases_none_open" : "cases_none")}</p>
          )}
          {list.cases.map((found) => (
            <CaseRow key={found.number} of={found} to={address({ page: "cases", number: found.number, choice })} current={found.number === chosen} />
          ))}
          {list.more !== null && (
            <button type="button" class="button is-wide" disabled={list.busy} onClick={list.more}>{t("cases_more")}</button>
          )}
        </div>
      </section>
      {chosen === null ? (
        <section class="cases-nothing">
          <p class="empty">{t("cases_choose")}</p>
        </section>
      ) : (
        <CaseDetails number={chosen} choice={choice} />
      )}
    </main>
  );
}

const fits = (stage: Stage, scope: Scope): boolean =>
  scope === "all" || (stage === "closed" || stage === "cancelled") === (scope === "ended");

const seenTypes = new Map<string, Case>();

function useCaseList(choice: CaseChoice) {
  const [pages, setPages] = useState<{ key: string; cases: Case[]; cursor: string | null } | null>(null);
  const [busy, setBusy] = useState(true);
  const [problem, setProblem] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const key = JSON.stringify(choice);

  const load = async (cursor: string | null, wanted: () => boolean): Promise<void> => {
    setBusy(true);
    try {
      const page = await center.cases({
        ...(choice.scope === "all" ? {} : { open: choice.scope === "open" }),
        ...(choice.stage === null ? {} : { stages: [choice.stage] }),
        ...(choice.type === null ? {} : { type: choice.type }),
        ...(cursor === null ? {} : { cursor }),
        limit: PAGE,
      });
      if (!wanted()) return;
      setPages((old) => ({
        key,
        cases: cursor === null || old?.key !== key ? page.cases : [...old.cases, ...page.cases],
        cursor: page.next_cursor,
      }));
      setProblem(null);
    } catch (error) {
      if (wanted()) setProblem(error);
    } finally {
      if (wanted()) setBusy(false);
    }
  };
  useEffect(() => {
    let wanted = true;
    void load(null, () => wanted);
    return () => {
      wanted = false;
    };
  }, [key, round, reconnections.value]);

  const fetched = pages?.key === key ? pages.cases : [];
  const live = [...openCases.value, ...endedCases.value];
  // What ended between the answer and the feed's first snapshot is in neither.
  const missed = connection.value === "live" && missesEnd(fetched, casesByNumber.value, endedCases.value);
  useEffect(() => {
    if (missed) setRound(round + 1);
  }, [missed]);
  const cursor = pages?.key === key ? pages.cursor : null;
  const cases = mergeCases(fetched, live, choice, pages?.key === key && cursor === null);
  for (const found of [...fetched, ...live]) seenTypes.set(found.type, found);
  return {
    cases: cases.filter((found) => isChosen(found, choice)),
    busy,
    problem,
    types: [...seenTypes].map(([type, found]) => [type, caseTitle(found)] as const),
    again: () => setRound(round + 1),
    more: cursor === null ? null : () => void load(cursor, () => true),
  };
}
