/** Cases: the list, and beside it the one that is chosen. */

import type { Case } from "../api/types";
import { number } from "../format";
import { t } from "../i18n";
import { CaseFilters, ClearFilters } from "../parts/case-filters";
import { useCaseKeys } from "../parts/case-keys";
import { CaseRow } from "../parts/case-parts";
import { Icon } from "../parts/icons";
import { sentence } from "../parts/problem";
import { Queues } from "../parts/queues";
import { address, go, route } from "../routes";
import { type CaseChoice, filterCount } from "../state/case-choice";
import { may, openCases } from "../state/live";
import { shortcuts } from "../state/preferences";
import { useCaseList } from "../state/use-case-list";
import { CaseDetails } from "./case-details";

/** Cases of this page's lists so far, by number: what filters offer. */
const seen = new Map<string, Case>();

export function CasesView() {
  const current = route.value;
  return current.page === "cases" ? <Cases chosen={current.number} choice={current.choice} /> : null;
}

function Cases({ chosen, choice }: { chosen: string | null; choice: CaseChoice }) {
  const list = useCaseList(choice);
  useCaseKeys(list.cases, chosen, choice);
  for (const found of [...openCases.value, ...list.cases]) seen.set(found.number, found);
  return (
    <main id="content" class={`cases-view ${chosen === null ? "" : "has-detail"}`}>
      <h1 class="hidden">{t("cases")}</h1>
      <Queues choice={choice} />
      <section class="cases-list" aria-label={t("cases")}>
        <header class="cases-head">
          <div class="cases-title">
            <h2>{t("cases")}</h2>
            {may("case.report") && <a class="button report-link" href={address({ page: "report", place: null })}><Icon name="plus" size={16} />{t("report")}</a>}
            <ClearFilters choice={choice} number={chosen} />
            <span role="status">
              {list.total === null
                ? t("cases_shown", { n: number(list.cases.length) })
                : t("cases_of", { n: number(list.cases.length), of: number(list.total.n) + (list.total.isAll ? "" : "+") })}
            </span>
          </div>
          <CaseFilters choice={choice} seen={seen} onChange={(to) => go({ page: "cases", number: chosen, choice: to }, { replace: true })} />
        </header>
        <div class="cases-rows" aria-busy={list.busy}>
          {list.problem !== null && (
            <p class="notice is-bad" role="alert">
              {sentence(list.problem)} <button type="button" class="link-button" onClick={list.again}>{t("retry")}</button>
            </p>
          )}
          {list.cases.length === 0 && !list.busy && list.problem === null && (
            <p class="empty">{t(choice.scope === "open" && filterCount(choice) === 0 ? (may("live.read") ? "cases_none_open" : "cases_none_yours") : "cases_none")}</p>
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
          {shortcuts.value && <Keys />}
        </section>
      ) : (
        <CaseDetails number={chosen} choice={choice} />
      )}
    </main>
  );
}

const KEYS = [["/", "key_search"], ["j", "key_down"], ["k", "key_up"], ["Enter", "key_enter"], ["n", "key_next"]] as const;

const Keys = () => (
  <dl class="keys">
    {KEYS.map(([key, words]) => (
      <div key={key}>
        <dt><kbd>{key}</kbd></dt>
        <dd>{t(words)}</dd>
      </div>
    ))}
  </dl>
);
