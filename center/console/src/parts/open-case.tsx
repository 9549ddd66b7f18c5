/** Opening a case from what a rule found. */

import { useEffect, useRef, useState } from "preact/hooks";
import { center } from "../api/client";
import type { IncidentType, RuleEvent } from "../api/types";
import { named, t, word } from "../i18n";
import { go } from "../routes";
import { EVERY_OPEN_CASE } from "../state/case-choice";
import { sentence } from "./problem";

/** Once for the page: a city's case policy changes when the center starts anew. */
let known: Promise<IncidentType[]> | null = null;

export function OpenCase({ from, onBack }: { from: RuleEvent; onBack: () => void }) {
  const [types, setTypes] = useState<IncidentType[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector("select")?.focus();
    known ??= center.incidentTypes();
    known.then(setTypes, (error: unknown) => {
      known = null;
      setProblem(error);
    });
  }, []);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem(null);
    center
      .openCase(from, String(given.get("type")), String(given.get("note")).trim() || null)
      .then((detail) => go({ page: "cases", number: detail.case.number, choice: EVERY_OPEN_CASE }), setProblem)
      .finally(() => setBusy(false));
  };
  return (
    <form ref={form} class="open-case" onSubmit={submit} aria-label={t("events_open_case")} onKeyDown={(event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      onBack();
    }}>
      <label class="field">
        {t("cases_type")}
        <select name="type">
          <option value={from.watches}>{word("watches", from.watches)}</option>
          {types.map(({ type, title, title_en }) => (
            <option key={type} value={type}>{named(title, title_en)}</option>
          ))}
        </select>
      </label>
      <label class="field">
        {t("do_note_optional")}
        <textarea name="note" rows={2} maxLength={1000} />
      </label>
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
      <div class="row">
        <button type="submit" class="button is-primary" disabled={busy}>{t(busy ? "do_busy" : "events_open_case")}</button>
        <button type="button" class="button" disabled={busy} onClick={onBack}>{t("do_back")}</button>
      </div>
    </form>
  );
}
