/** Above the list of cases: what to look for, what is due, which fields, which order. */

import type { Case } from "../api/types";
import { number, span } from "../format";
import { named, t, word } from "../i18n";
import { address, route } from "../routes";
import { type CaseChoice, EVERY_OPEN_CASE, filterCount, type Scope, type Sort, withScope } from "../state/case-choice";
import { isChosen, isDecidedHere } from "../state/case-list";
import { casesLeftOut, connection, now, openCases } from "../state/live";
import { stageWords } from "../state/workflows";
import { caseTitle } from "./case-parts";
import { Filter } from "./filter";
import { Icon } from "./icons";
import { TimeField } from "./time-field";

const SCOPES: readonly Scope[] = ["open", "ended", "all"];
const SORTS: readonly Sort[] = ["deadline", "-opened", "-changed"];
/** As the queues count what is due soon. */
const DUE_SOON_S = 4 * 3600;

interface Properties {
  choice: CaseChoice;
  onChange: (choice: CaseChoice) => void;
  /** Cases that are or were in the list: fields can have these values. */
  seen: ReadonlyMap<string, Case>;
}

export function CaseFilters({ choice, onChange, seen }: Properties) {
  const change = (some: Partial<CaseChoice>): void => onChange({ ...choice, ...some });
  const further = filterCount({ ...choice, queue: null, words: null, overdue: false, dueWithinS: null });
  return (
    <>
      <form class="cases-search" role="search" onSubmit={(event) => event.preventDefault()}>
        <Icon name="search" size={18} />
        <input
          type="search"
          data-search
          value={choice.words ?? ""}
          maxLength={100}
          placeholder={t("cases_search")}
          aria-label={t("cases_search")}
          aria-keyshortcuts="/"
          onInput={(event) => change({ words: event.currentTarget.value.trimStart() || null })}
        />
      </form>
      <div class="segments is-words" role="radiogroup" aria-label={t("cases_scope")}>
        {SCOPES.map((scope) => (
          <label key={scope}>
            <input type="radio" name="scope" class="hidden" checked={choice.scope === scope} onChange={() => onChange(withScope(choice, scope))} />
            {t(`scope_${scope}`)}
          </label>
        ))}
      </div>
      {choice.scope === "open" && <DueLinks choice={choice} />}
      <details class="cases-more-filters" open={further > 0}>
        <summary>{further === 0 ? t("cases_filters") : t("cases_filters_n", { n: further })}</summary>
        <div class="cases-filters">
          <Filter label={t("cases_stage")} value={choice.stage} options={valuesOf(seen, "stage", (of) => stageWords(of), (of) => fits(of, choice.scope))} onChange={(stage) => change({ stage })} />
          <Filter label={t("cases_type")} value={choice.type} options={valuesOf(seen, "type", caseTitle)} onChange={(type) => change({ type })} />
          <Filter label={t("case_department")} value={choice.department} options={departmentsOf(seen)} onChange={(department) => change({ department })} />
          <Filter label={t("case_code")} value={choice.code} options={valuesOf(seen, "code", (of) => `${of.code} ${named(of.code_name, of.code_name_en)}`)} onChange={(code) => change({ code })} />
          <Filter label={t("district")} value={choice.district} options={valuesOf(seen, "district", (of) => of.district)} onChange={(district) => change({ district })} />
          <Filter label={t("case_grid")} value={choice.grid} options={valuesOf(seen, "grid_cell", (of) => of.grid_cell ?? "")} onChange={(grid) => change({ grid })} />
          <Filter label={t("case_holder")} value={choice.holder} options={valuesOf(seen, "holder", (of) => word("holder", of.holder))} onChange={(holder) => change({ holder })} />
          <Filter label={t("do_assignee")} value={choice.assignee} options={valuesOf(seen, "assignee", (of) => of.assignee_name ?? of.assignee ?? "")} onChange={(assignee) => change({ assignee })} />
          <Filter label={t("case_source")} value={choice.source} options={valuesOf(seen, "source", (of) => word("source", of.source ?? ""))} onChange={(source) => change({ source })} />
          <div class="cases-day">
            {t("cases_opened_from")}
            <TimeField type="date" label={t("cases_opened_from")} value={choice.openedFrom ?? ""} onChange={(day) => change({ openedFrom: day || null })} />
          </div>
          <div class="cases-day">
            {t("cases_opened_to")}
            <TimeField type="date" label={t("cases_opened_to")} value={choice.openedTo ?? ""} onChange={(day) => change({ openedTo: day || null })} />
          </div>
          <label>
            {t("cases_sort")}
            <select value={choice.sort} onChange={(event) => change({ sort: event.currentTarget.value as Sort })}>
              {SORTS.map((sort) => (
                <option key={sort} value={sort}>{t(`sort_${sort.replace("-", "") as "deadline" | "opened" | "changed"}`)}</option>
              ))}
            </select>
          </label>
        </div>
      </details>
    </>
  );
}

/** Links to what is late and to what soon will be, each with how many there are. */
function DueLinks({ choice }: { choice: CaseChoice }) {
  const without: CaseChoice = { ...choice, overdue: false, dueWithinS: null };
  const current = route.value.page === "cases" ? route.value.number : null;
  // The feed has every open case, unless there are very many; of a queue only the center knows what is in it, and counts it there.
  const isCounted = connection.value === "live" && casesLeftOut.value === 0 && isDecidedHere(choice);
  const soonS = choice.dueWithinS ?? DUE_SOON_S;
  const all: readonly { name: string; words: string; choice: CaseChoice }[] = [
    { name: "all", words: t("due_any"), choice: without },
    { name: "overdue", words: t("due_overdue"), choice: { ...without, overdue: true } },
    { name: "soon", words: t("due_within", { time: span(soonS) }), choice: { ...without, dueWithinS: soonS } },
  ];
  return (
    <nav class="due-links" aria-label={t("cases_due")}>
      {all.map((one) => (
        <a
          key={one.name}
          class={`due-link is-${one.name}`}
          href={address({ page: "cases", number: current, choice: one.choice })}
          aria-current={one.choice.overdue === choice.overdue && one.choice.dueWithinS === choice.dueWithinS ? "true" : undefined}
        >
          {one.words} {isCounted && <b>{number(openCases.value.filter((found) => isChosen(found, one.choice, now.value)).length)}</b>}
        </a>
      ))}
    </nav>
  );
}

/** Leads back to every open case when filters narrow the list. */
export const ClearFilters = ({ choice, number: chosen }: { choice: CaseChoice; number: string | null }) =>
  filterCount(choice) === 0 ? null : (
    <a class="link-button" href={address({ page: "cases", number: chosen, choice: { ...EVERY_OPEN_CASE, scope: choice.scope, sort: choice.sort } })}>
      {t("cases_clear")}
    </a>
  );

const fits = (of: Case, scope: Scope): boolean => scope === "all" || (of.closed_at !== null) === (scope === "ended");

/** Departments by code: two may have one name. A department that the tree does not have is called by its name. */
function departmentsOf(cases: ReadonlyMap<string, Case>): [string, string][] {
  const found = new Map<string, string>();
  for (const of of cases.values()) if (of.department !== null) found.set(of.department_code ?? of.department, named(of.department, of.department_en));
  return [...found].sort((a, b) => a[1].localeCompare(b[1]));
}

type Field = "stage" | "type" | "code" | "district" | "grid_cell" | "holder" | "assignee" | "source";

/** Every value that a field has among cases, with its words, in the order of the words. */
function valuesOf(cases: ReadonlyMap<string, Case>, field: Field, words: (of: Case) => string, fits: (of: Case) => boolean = () => true): [string, string][] {
  const found = new Map<string, string>();
  for (const one of cases.values()) {
    const value = one[field];
    if (value !== null && !found.has(value) && fits(one)) found.set(value, words(one));
  }
  return [...found].sort((a, b) => a[1].localeCompare(b[1]));
}
