/** The table of rights: what each role may do, and the form that changes it as a whole. */

import { useEffect, useState } from "preact/hooks";
import { center, Refused } from "../api/client";
import type { RightsEntry, RightsTable } from "../api/types";
import { dateTime, number } from "../format";
import { t, word } from "../i18n";
import { Filter } from "../parts/filter";
import { Icon } from "../parts/icons";
import { PeopleHead } from "../parts/people-tabs";
import { sentence } from "../parts/problem";
import { districtWords, RightForm, rightWords, stageName, whoseWords } from "../parts/right-form";
import { go, route } from "../routes";
import { ACTIONS, difference, type Difference, EVERY, inOrder, keyOf, onto, ROLES, withEntry, withoutEntry } from "../state/rights-table";
import { say } from "../state/said";

export function RightsView() {
  const current = route.value;
  return current.page === "rights" ? <RightsPage role={current.role} action={current.action} /> : null;
}

function RightsPage({ role, action }: { role: string | null; action: string | null }) {
  const [table, setTable] = useState<RightsTable | null>(null);
  const [entries, setEntries] = useState<readonly RightsEntry[]>([]);
  const [changing, setChanging] = useState<RightsEntry | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const change = table === null ? null : difference(table.entries, entries);
  const isChanged = change !== null && change.added.length + change.removed.length > 0;

  const take = (found: RightsTable, with_: Difference = { added: [], removed: [] }): void => {
    setTable({ ...found, entries: inOrder(found.entries) });
    setEntries(onto(found.entries, with_));
  };
  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      setProblem(error);
      // Somebody was faster: their table is shown, with what was changed here.
      if (error instanceof Refused && error.problem.code === "stale_version" && change !== null) take(await center.rights(), change);
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => void run(async () => take(await center.rights())), []);
  useEffect(() => {
    if (!isChanged) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isChanged]);
  const save = (wanted: readonly RightsEntry[] | null): Promise<void> =>
    run(async () => {
      if (table === null) return;
      take(await center.saveRights(table.version, wanted));
      setChanging(null);
      say(t("register_saved"));
    });
  const choose = (some: { role?: string | null; action?: string | null }): void => go({ page: "rights", role, action, ...some }, { replace: true });
  const shown = entries.filter((one) => (role === null || one.role === role) && (action === null || one.action === action));
  const actions = [...new Set([...ACTIONS, ...entries.map((one) => one.action)])];
  return (
    <main id="content" class="people-view is-page">
      <PeopleHead current="rights" />
      <p class="empty">{t("rights_lead")}</p>
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
      {table === null ? (
        problem === null && <div class="skeleton" aria-busy="true" />
      ) : (
        <>
          <div class="rights-bar">
            <Filter label={t("people_role")} value={role} options={ROLES.map((one) => [one, word("person_role", one)])} onChange={(value) => choose({ role: value })} />
            <Filter label={t("right_action")} value={action} options={actions.map((one) => [one, rightWords(one)])} onChange={(value) => choose({ action: value })} />
            <small role="status">{t("register_count", { n: number(shown.length), of: number(entries.length) })}</small>
            <small>{table.own && table.changed_by !== null ? t("rights_own", { who: table.changed_by, time: dateTime(table.changed_at) }) : t("rights_shipped")}</small>
          </div>
          <RightForm
            key={changing === null ? "new" : keyOf(changing)}
            start={changing ?? { role: role ?? ROLES[0], action: action ?? "case.read", stage: EVERY, holder: EVERY, whose: "any", district: "own" }}
            isChange={changing !== null}
            actions={actions}
            onGive={(entry) => {
              setEntries(withEntry(changing === null ? entries : withoutEntry(entries, changing), entry));
              setChanging(null);
            }}
            onBack={() => setChanging(null)}
          />
          {isChanged && change !== null && (
            <div class="notice rights-change" role="status">
              <span>{t("rights_changed", { added: change.added.length, removed: change.removed.length })}</span>
              <span class="row">
                <button type="button" class="button is-primary" data-save disabled={busy} onClick={() => void save(entries)}>{t(busy ? "do_busy" : "rights_save")}</button>
                <button type="button" class="button" disabled={busy} onClick={() => setEntries(table.entries)}>{t("rights_discard")}</button>
              </span>
            </div>
          )}
          <Rows entries={shown} isNew={(entry) => change?.added.some((one) => keyOf(one) === keyOf(entry)) === true} onChange={setChanging} onRemove={(entry) => setEntries(withoutEntry(entries, entry))} />
          {table.own && <Shipped busy={busy} onConfirm={() => void save(null)} />}
        </>
      )}
    </main>
  );
}

interface RowsProperties {
  entries: readonly RightsEntry[];
  isNew: (entry: RightsEntry) => boolean;
  onChange: (entry: RightsEntry) => void;
  onRemove: (entry: RightsEntry) => void;
}

const Rows = ({ entries, isNew, onChange, onRemove }: RowsProperties) => (
  <div class="table-scroll" role="region" aria-label={t("people_rights")} tabIndex={0}>
    <table class="table rights-table">
      <thead>
        <tr>
          {(["people_role", "right_action", "cases_stage", "case_holder", "right_whose", "right_district"] as const).map((key) => <th key={key} scope="col">{t(key)}</th>)}
          <th scope="col"><span class="hidden">{t("right_edit")}</span></th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => {
          const what = `${word("person_role", entry.role)}: ${rightWords(entry.action)}`;
          return (
            <tr key={keyOf(entry)} class={isNew(entry) ? "is-new" : ""} data-right={keyOf(entry)}>
              <td>{word("person_role", entry.role)}</td>
              <th scope="row">{rightWords(entry.action)}</th>
              <td>{entry.stage === EVERY ? t("any") : stageName(entry.stage)}</td>
              <td>{entry.holder === EVERY ? t("any") : word("holder", entry.holder)}</td>
              <td>{whoseWords(entry.whose)}</td>
              <td>{districtWords(entry.district)}</td>
              <td class="rights-buttons">
                <button type="button" class="link-button" aria-label={t("right_change_of", { what })} onClick={() => onChange(entry)}>{t("right_change")}</button>
                <button type="button" class="icon-button" data-remove aria-label={t("right_remove_of", { what })} title={t("register_remove")} onClick={() => onRemove(entry)}><Icon name="close" size={16} /></button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  </div>
);

/** Taking the shipped table throws the city's own away: it is asked once more. */
function Shipped({ busy, onConfirm }: { busy: boolean; onConfirm: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <div class="row rights-shipped">
      {asked ? (
        <>
          <span>{t("rights_take_shipped_sure")}</span>
          <button type="button" class="button is-bad" disabled={busy} onClick={onConfirm}>{t("rights_take_shipped")}</button>
          <button type="button" class="button" onClick={() => setAsked(false)}>{t("do_back")}</button>
        </>
      ) : (
        <button type="button" class="button" onClick={() => setAsked(true)}>{t("rights_take_shipped")} …</button>
      )}
    </div>
  );
}
