/** A register: what there is, as a list that can be searched, and beside it a form to change one entry or add one. */

import { useEffect, useRef, useState } from "preact/hooks";
import { number } from "../format";
import { type Key, named, t } from "../i18n";
import type { Value, Values } from "../state/registers";
import { say } from "../state/said";
import type { Option } from "../state/steps";
import { Icon } from "./icons";
import { needed } from "./needed";
import { sentence } from "./problem";

/**
 * A field of an entry.
 *
 * `many`: several of the options; `list`: words of one's own, separated by spaces or commas; `moment`: local date and time.
 * `isKey`: it names the entry, and stays as it is once that exists.
 */
export interface FieldOf {
  name: string;
  label: Key;
  kind: "text" | "password" | "select" | "many" | "list" | "flag" | "moment";
  options?: readonly Option[];
  isNeeded?: boolean;
  isKey?: boolean;
  hint?: Key;
}

export interface Entry {
  key: string;
  title: string;
  lines: readonly string[];
  badges: readonly string[];
  isOff: boolean;
  values: Values;
}

interface Properties {
  title: string;
  lead: string;
  entries: readonly Entry[];
  fields: readonly FieldOf[];
  chosen: string | null;
  /** null closes the form, "" opens an empty one. */
  onChoose: (key: string | null) => void;
  onSave: (key: string | null, values: Values) => Promise<void>;
  /** Takes an entry off the list; null where entries stay for ever. */
  onRemove: ((key: string) => Promise<void>) | null;
  /** null if whoever is signed on may only look. */
  addLabel: string | null;
}

export function Register({ title, lead, entries, fields, chosen, onChoose, onSave, onRemove, addLabel }: Properties) {
  const [words, setWords] = useState("");
  const found = entries.filter((entry) => matches(entry, words));
  const entry = entries.find(({ key }) => key === chosen) ?? null;
  const isOpen = chosen !== null && (chosen === "" || entry !== null);
  return (
    <div class={`register ${isOpen ? "has-form" : ""}`}>
      <section class="register-list" aria-label={title}>
        <header class="register-head">
          <p class="empty">{lead}</p>
          <div class="row">
            <div class="cases-search register-search">
              <Icon name="search" size={18} />
              <input type="search" value={words} aria-label={t("register_search")} placeholder={t("register_search")} onInput={(event) => setWords(event.currentTarget.value)} />
            </div>
            {addLabel !== null && (
              <button type="button" class="button is-primary" data-add onClick={() => onChoose("")}>
                <Icon name="plus" size={18} />
                {addLabel}
              </button>
            )}
          </div>
          <small role="status">{t("register_count", { n: number(found.length), of: number(entries.length) })}</small>
        </header>
        <ul class="register-rows">
          {found.map((one) => (
            <li key={one.key}>
              <button type="button" class={`register-row ${one.isOff ? "is-off" : ""}`} data-entry={one.key} aria-pressed={one.key === chosen} onClick={() => onChoose(one.key === chosen ? null : one.key)}>
                <strong>{one.title}</strong>
                {one.lines.filter(Boolean).map((line) => <span key={line}>{line}</span>)}
                {one.badges.length > 0 && <span class="row">{one.badges.map((badge) => <span key={badge} class="badge">{badge}</span>)}</span>}
              </button>
            </li>
          ))}
        </ul>
      </section>
      {isOpen && (
        <EntryForm
          key={chosen}
          entry={entry}
          fields={fields}
          mayChange={addLabel !== null}
          onClose={() => onChoose(null)}
          onSave={(values) => onSave(entry?.key ?? null, values)}
          onRemove={entry === null || onRemove === null || addLabel === null ? null : () => onRemove(entry.key)}
        />
      )}
    </div>
  );
}

/** Each of the words stands somewhere in the entry. */
export function matches(entry: Pick<Entry, "key" | "title" | "lines" | "badges">, words: string): boolean {
  const text = [entry.key, entry.title, ...entry.lines, ...entry.badges].join("\n").toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

interface FormProperties {
  entry: Entry | null;
  fields: readonly FieldOf[];
  mayChange: boolean;
  onClose: () => void;
  onSave: (values: Values) => Promise<void>;
  onRemove: (() => Promise<void>) | null;
}

function EntryForm({ entry, fields, mayChange, onClose, onSave, onRemove }: FormProperties) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("input:not([readonly]), select")?.focus();
  }, []);
  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      say(t("register_saved"));
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="register-form card" aria-label={entry?.title ?? t("register_new")}>
      <header class="row">
        <h2>{entry?.title ?? t("register_new")}</h2>
        <button type="button" class="icon-button" aria-label={t("close")} onClick={onClose}><Icon name="close" size={18} /></button>
      </header>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          void run(() => onSave(valuesOf(form.current as HTMLFormElement, fields)));
        }}
        onKeyDown={(event) => event.key === "Escape" && onClose()}
      >
        <fieldset disabled={!mayChange || busy}>
          {fields.map((field) => <FieldInput key={field.name} of={field} value={entry?.values[field.name] ?? null} exists={entry !== null} />)}
        </fieldset>
        {(mayChange || onRemove !== null) && (
          <div class="row">
            {mayChange && <button type="submit" class="button is-primary" disabled={busy} data-save>{t(busy ? "do_busy" : "register_save")}</button>}
            {onRemove !== null && <button type="button" class="button is-bad" disabled={busy} onClick={() => void run(onRemove)}>{t("register_remove")}</button>}
          </div>
        )}
        {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
      </form>
    </section>
  );
}

function FieldInput({ of, value, exists }: { of: FieldOf; value: Value; exists: boolean }) {
  const isNeeded = of.isNeeded === true && !(exists && of.kind === "password");
  const demand = isNeeded ? needed(t("field_needed")) : {};
  if (of.kind === "flag") {
    return (
      <label class="switch">
        <input type="checkbox" role="switch" name={of.name} checked={value === true} />
        <span />
        {t(of.label)}
      </label>
    );
  }
  if (of.kind === "many") {
    const chosen = Array.isArray(value) ? value : [];
    return (
      <fieldset class="field radios">
        <legend>{t(of.label)}</legend>
        {(of.options ?? []).map((one) => (
          <label key={one.value}>
            <input type="checkbox" name={of.name} value={one.value} checked={chosen.includes(one.value)} />
            {named(one.name, one.nameEn)}
          </label>
        ))}
      </fieldset>
    );
  }
  if (of.kind === "select") {
    return (
      <label class="field">
        {t(of.label)}
        <select name={of.name} required={isNeeded}>
          {!isNeeded && <option value="">{t("none")}</option>}
          {typeof value === "string" && !(of.options ?? []).some((one) => one.value === value) && <option value={value} selected>{value}</option>}
          {(of.options ?? []).map((one) => (
            <option key={one.value} value={one.value} selected={one.value === value}>{named(one.name, one.nameEn)}</option>
          ))}
        </select>
      </label>
    );
  }
  const shown = value === null || typeof value === "boolean" ? "" : Array.isArray(value) ? value.join(" ") : of.kind === "moment" ? localTime(value) : value;
  return (
    <label class="field">
      {t(of.label)}
      {of.kind === "moment" ? (
        <input type="datetime-local" name={of.name} value={shown} {...demand} />
      ) : of.kind === "password" ? (
        <input type="password" name={of.name} value="" maxLength={200} autocomplete="new-password" {...demand} />
      ) : (
        <input type="text" name={of.name} value={shown} maxLength={of.kind === "list" ? 1000 : 200} readOnly={of.isKey === true && exists} autocomplete="off" {...demand} />
      )}
      {of.hint !== undefined && <small>{t(of.hint)}</small>}
    </label>
  );
}

/** What stands in the form; empty words are null, an empty password too: it stays as it is. */
function valuesOf(form: HTMLFormElement, fields: readonly FieldOf[]): Values {
  const data = new FormData(form);
  return Object.fromEntries(
    fields.map(({ name, kind }): [string, Value] => {
      const word = String(data.get(name) ?? "").trim();
      switch (kind) {
        case "flag":
          return [name, data.has(name)];
        case "many":
          return [name, data.getAll(name).map(String)];
        case "list":
          return [name, word.split(/[\s,，、]+/).filter(Boolean)];
        case "moment":
          return [name, word === "" ? null : new Date(word).toISOString()];
        case "password":
          return [name, String(data.get(name) ?? "") || null];
        default:
          return [name, word || null];
      }
    }),
  );
}

/** As the browser's field has it: local time, to the minute. */
function localTime(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? "" : new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
