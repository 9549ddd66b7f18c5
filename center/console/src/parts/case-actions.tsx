/** What can be done with a case now. The center decides that; here it is only asked for. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { center, Refused } from "../api/client";
import type { CaseDetail, PossibleAction } from "../api/types";
import { named, t, word } from "../i18n";
import { needed } from "./needed";
import { sentence } from "./problem";

/** The steps that lead on; the others lead back or out. */
const FORWARD = new Set(["dispatch", "handle", "check", "close"]);

interface Properties {
  detail: CaseDetail;
  onDone: (detail: CaseDetail) => void;
  /** The case has moved on; what is shown must be asked for again. */
  onStale: () => void;
}

export function CaseActions({ detail, onDone, onStale }: Properties) {
  const [chosen, setChosen] = useState<PossibleAction | null>(null);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ good: boolean; text: string } | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const { case: of, actions, departments } = detail;

  useEffect(() => {
    setChosen(null);
    setSaid(null);
  }, [of.number]);
  // Before the browser paints: a key that is pressed at once goes to where the focus will stay.
  useLayoutEffect(() => {
    form.current?.querySelector<HTMLElement>("select, textarea")?.focus();
  }, [chosen]);

  const act = async (action: PossibleAction, department: string | null, note: string | null): Promise<void> => {
    setBusy(true);
    setSaid(null);
    try {
      const after = await center.act(of.number, { action: action.action, expected_sequence: of.sequence, department, note });
      onDone(after);
      setChosen(null);
      const values = { action: word("action", action.action), number: of.number, stage: word("stage", after.case.stage) };
      setSaid({ good: true, text: t("done", values) });
    } catch (error) {
      setSaid({ good: false, text: sentence(error) });
      if (error instanceof Refused && error.status === 409) {
        setChosen(null);
        onStale();
      }
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (chosen === null) return;
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const words = (name: string): string | null => String(data.get(name) ?? "").trim() || null;
    void act(chosen, words("department"), words("note"));
  };
  return (
    <section class="card case-actions" aria-label={t("case_actions")}>
      <h3>{t("case_actions")}</h3>
      {actions.length === 0 && <p class="empty">{t("case_no_actions")}</p>}
      {chosen === null ? (
        <div class="row">
          {actions.map((action) => (
            <button
              type="button"
              key={action.action}
              class={`button ${FORWARD.has(action.action) ? "is-primary" : ""} ${action.action === "cancel" ? "is-bad" : ""}`}
              data-action={action.action}
              disabled={busy}
              onClick={() => {
                setSaid(null);
                setChosen(action);
              }}
            >
              {word("do", action.action)}
            </button>
          ))}
        </div>
      ) : (
        <form ref={form} onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && setChosen(null)}>
          <h4>{word("do", chosen.action)}</h4>
          {chosen.needs_department && (
            <label class="field">
              {t("do_department")}
              <select name="department" required>
                {departments.map(({ name, name_en }) => (
                  <option key={name} value={name} selected={name === (of.department ?? departments[0]?.name)}>{named(name, name_en)}</option>
                ))}
              </select>
            </label>
          )}
          <label class="field">
            {t(chosen.needs_note ? "do_note" : "do_note_optional")}
            <textarea name="note" rows={2} maxLength={1000} {...(chosen.needs_note ? { ...needed(t("do_note_needed")), placeholder: t("do_note_needed") } : {})} />
          </label>
          <div class="row">
            <button type="submit" class={`button ${chosen.action === "cancel" ? "is-bad" : "is-primary"}`} disabled={busy} data-confirm={chosen.action}>
              {busy ? t("do_busy") : `${t("do_confirm")}: ${word("do", chosen.action)}`}
            </button>
            <button type="button" class="button" disabled={busy} onClick={() => setChosen(null)}>{t("do_back")}</button>
          </div>
        </form>
      )}
      <p class={said === null ? "hidden" : `notice ${said.good ? "is-good" : "is-bad"}`} role="status">{said?.text}</p>
    </section>
  );
}
