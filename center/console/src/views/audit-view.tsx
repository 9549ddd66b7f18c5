/** The audit log: who looked at what, and who changed people, duty and rights. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../api/client";
import type { Account, AuditEntry } from "../api/types";
import { fullTime, moment } from "../format";
import { type Key, t, word } from "../i18n";
import { en } from "../i18n/en";
import { Filter } from "../parts/filter";
import { Icon } from "../parts/icons";
import { PeopleHead } from "../parts/people-tabs";
import { sentence } from "../parts/problem";
import { rightWords } from "../parts/right-form";
import { TimeField } from "../parts/time-field";
import { go, route } from "../routes";
import { AUDITED, type AuditChoice } from "../state/audit";
import { may, now } from "../state/live";
import { usePages } from "../state/use-pages";

const PAGE = 100;
const TYPING_MS = 250;

export function AuditView() {
  const current = route.value;
  return current.page === "audit" ? <AuditPage choice={current.choice} /> : null;
}

function AuditPage({ choice }: { choice: AuditChoice }) {
  const { pages, busy, problem, more, again } = usePages(JSON.stringify(choice), (cursor) => center.audit(choice, { cursor, limit: PAGE }), null, TYPING_MS);
  const entries = (pages ?? []).flatMap((page) => page.entries);
  const accounts = useAccounts();
  const change = (some: Partial<AuditChoice>): void => go({ page: "audit", choice: { ...choice, ...some } }, { replace: true });
  const logins = accounts.map(({ login, display_name }): [string, string] => [login, display_name === login ? login : `${display_name} (${login})`]);
  const nameOf = (login: string): string => accounts.find((one) => one.login === login)?.display_name ?? login;
  return (
    <main id="content" class="people-view is-page">
      <PeopleHead current="audit" />
      <p class="empty">{t("audit_lead")}</p>
      <div class="audit-filters">
        {accounts.length > 0 ? (
          <Filter label={t("audit_who")} value={choice.login} options={logins} onChange={(login) => change({ login })} />
        ) : (
          <label>{t("people_login")}<input type="search" value={choice.login ?? ""} maxLength={64} onInput={(event) => change({ login: event.currentTarget.value.trim() || null })} /></label>
        )}
        <Filter label={t("audit_action")} value={choice.action} options={AUDITED.map((one) => [one, rightWords(one)])} onChange={(action) => change({ action })} />
        <label>{t("audit_subject")}<input type="search" value={choice.subject ?? ""} maxLength={200} placeholder="person/… account/…" onInput={(event) => change({ subject: event.currentTarget.value.trim() || null })} /></label>
        <div class="cases-day">{t("audit_from")}<TimeField type="date" label={t("audit_from")} value={choice.from ?? ""} onChange={(day) => change({ from: day || null })} /></div>
        <div class="cases-day">{t("audit_to")}<TimeField type="date" label={t("audit_to")} value={choice.to ?? ""} onChange={(day) => change({ to: day || null })} /></div>
      </div>
      {problem !== null && (
        <p class="notice is-bad" role="alert">
          {sentence(problem)} <button type="button" class="link-button" onClick={again}>{t("retry")}</button>
        </p>
      )}
      {!busy && problem === null && entries.length === 0 && <p class="empty" role="status">{t("audit_none")}</p>}
      <ol class="audit-entries" aria-busy={busy}>
        {entries.map((entry) => (
          <li key={entry.audit_id} data-audit={entry.action}>
            <time dateTime={entry.at} title={fullTime(entry.at)}>{moment(entry.at, now.value)}</time>
            <span><strong title={entry.login}>{nameOf(entry.login)}</strong> {entry.client !== null && <small>{entry.client}</small>}</span>
            <span><span class="badge">{rightWords(entry.action)}</span> <span title={entry.subject}>{short(entry.subject)}</span></span>
            <Details of={entry.detail} />
          </li>
        ))}
      </ol>
      {more !== null && <button type="button" class="button is-wide" disabled={busy} onClick={more}><Icon name="plus" size={18} />{t("cases_more")}</button>}
    </main>
  );
}

/** A digest by its beginning; it stands in the title whole. */
const short = (subject: string): string => (/^[0-9a-f]{64}$/.test(subject) ? `${subject.slice(0, 12)}…` : subject);

/** What else an entry says: names and values as they were noted, with the words that there are for them. */
function Details({ of }: { of: AuditEntry["detail"] }) {
  const said = Object.entries(of as Record<string, unknown>);
  if (said.length === 0) return null;
  return (
    <dl class="audit-detail">
      {said.map(([name, value]) => (
        <div key={name}>
          <dt>{`audit_${name}` in en ? t(`audit_${name}` as Key) : name}</dt>
          <dd>{valueWords(name, value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function valueWords(name: string, value: unknown): string {
  if (value === null || value === "") return t("none");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (Array.isArray(value)) return value.map((one) => valueWords(name, one)).join(", ") || t("none");
  if (typeof value === "object") return Object.entries(value).map(([key, one]) => `${key} ${valueWords(key, one)}`).join(", ");
  const text = String(value);
  if (name === "roles") return word("person_role", text);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? moment(text, now.value) : text;
}

/** Whoever may administer people chooses among accounts by name; others type a user name. */
function useAccounts(): Account[] {
  const [accounts, setAccounts] = useState<Account[]>([]);
  useEffect(() => {
    if (may("people.administer")) center.accounts().then(setAccounts, () => {}); // the log itself says what is wrong
  }, []);
  return accounts;
}
