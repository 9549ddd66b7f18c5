/** What can be done with a case now. The center decides that; here it is only asked for. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../api/client";
import type { CaseDetail, PossibleAction } from "../api/types";
import { t, word } from "../i18n";
import { Acting } from "../state/acting";
import { draftOf, dropDraft, keepDraft } from "../state/drafts";
import { session } from "../state/live";
import { isForward, nextStep } from "../state/steps";
import { Icon } from "./icons";
import { needed } from "./needed";
import { sentence } from "./problem";
import { named } from "../i18n";

interface Properties {
  detail: CaseDetail;
  onDone: (detail: CaseDetail) => void;
  /** The case has moved on; what is shown must be asked for again. */
  onStale: () => void;
}

export function CaseActions({ detail, onDone, onStale }: Properties) {
  const { case: of, actions } = detail;
  const login = session.value?.login ?? "";
  const draft = draftOf(login, of.number);
  const chosen = actions.find(({ action }) => action === draft?.action) ?? null;
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ good: boolean; text: string } | null>(null);
  const acting = useRef(new Acting());
  const next = nextStep(actions);

  useEffect(() => setSaid(null), [of.number]);

  const choose = (action: PossibleAction): void => {
    setSaid(null);
    keepDraft(login, of.number, { action: action.action, fields: draft?.fields ?? {} });
  };
  /** The form goes; words that were written stay, for this form or another. */
  const back = (): void => {
    if (draft?.fields["note"]?.trim()) keepDraft(login, of.number, { action: "", fields: draft.fields });
    else dropDraft(login, of.number);
  };
  const act = async (action: PossibleAction, fields: Record<string, string>): Promise<void> => {
    setBusy(true);
    setSaid(null);
    const given = (name: string): string | null => fields[name]?.trim() || null;
    try {
      const after = await acting.current.act(of.number, {
        action: action.action, expected_sequence: of.sequence, department: action.needs_department ? given("department") : null, note: given("note"),
      });
      dropDraft(login, of.number);
      onDone(after);
      setSaid({ good: true, text: t("done", { action: word("action", action.action), number: of.number, stage: word("stage", after.case.stage) }) });
    } catch (error) {
      setSaid({ good: false, text: sentence(error) });
      if (error instanceof Refused && error.status === 409) onStale();
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card case-actions" aria-label={t("case_actions")}>
      <h3>{t("case_actions")}</h3>
      {actions.length === 0 && <p class="empty">{t("case_no_actions")}</p>}
      {chosen === null ? (
        <>
          <div class="row">
            {actions.map((action) => (
              <button
                type="button"
                key={action.action}
                class={`button ${isForward(action.action) ? "is-primary" : ""} ${action.action === "cancel" ? "is-bad" : ""}`}
                data-action={action.action}
                data-next={action === next ? "" : undefined}
                aria-keyshortcuts={action === next ? "n" : undefined}
                disabled={busy}
                onClick={() => choose(action)}
              >
                {word("do", action.action)}
              </button>
            ))}
          </div>
          {draft !== null && <KeptNote note={draft.fields["note"] ?? ""} onDrop={() => dropDraft(login, of.number)} />}
        </>
      ) : (
        <StepForm
          key={chosen.action}
          action={chosen}
          detail={detail}
          fields={draft?.fields ?? {}}
          busy={busy}
          onFields={(fields) => keepDraft(login, of.number, { action: chosen.action, fields })}
          onSubmit={(fields) => void act(chosen, fields)}
          onBack={back}
        />
      )}
      <p class={said === null ? "hidden" : `notice ${said.good ? "is-good" : "is-bad"}`} role="status">{said?.text}</p>
    </section>
  );
}

const KeptNote = ({ note, onDrop }: { note: string; onDrop: () => void }) =>
  note.trim() === "" ? null : (
    <p class="notice kept-note">
      <span>{t("note_kept", { note })}</span>
      <button type="button" class="icon-button" aria-label={t("note_drop")} title={t("note_drop")} onClick={onDrop}>
        <Icon name="close" size={16} />
      </button>
    </p>
  );

interface FormProperties {
  action: PossibleAction;
  detail: CaseDetail;
  /** As far as they are filled in. */
  fields: Record<string, string>;
  busy: boolean;
  onFields: (fields: Record<string, string>) => void;
  onSubmit: (fields: Record<string, string>) => void;
  onBack: () => void;
}

function StepForm({ action, detail, fields, busy, onFields, onSubmit, onBack }: FormProperties) {
  const form = useRef<HTMLFormElement>(null);
  const { case: of, departments } = detail;
  // Before the browser paints: a key that is pressed at once goes to where the focus will stay.
  useLayoutEffect(() => {
    form.current?.querySelector<HTMLElement>("select, textarea")?.focus();
  }, []);
  const filled = (): Record<string, string> =>
    Object.fromEntries([...new FormData(form.current as HTMLFormElement)].map(([name, value]) => [name, String(value)]));
  const department = fields["department"] ?? of.department ?? departments[0]?.name;
  return (
    <form
      ref={form}
      onInput={() => onFields(filled())}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(filled());
      }}
      onKeyDown={(event) => event.key === "Escape" && onBack()}
    >
      <h4>{word("do", action.action)}</h4>
      {action.needs_department && (
        <label class="field">
          {t("do_department")}
          <select name="department" required>
            {departments.map(({ name, name_en }) => (
              <option key={name} value={name} selected={name === department}>{named(name, name_en)}</option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        {t(action.needs_note ? "do_note" : "do_note_optional")}
        <textarea
          name="note"
          rows={2}
          maxLength={1000}
          value={fields["note"] ?? ""}
          {...(action.needs_note ? { ...needed(t("do_note_needed")), placeholder: t("do_note_needed") } : {})}
        />
      </label>
      <div class="row">
        <button type="submit" class={`button ${action.action === "cancel" ? "is-bad" : "is-primary"}`} disabled={busy} data-confirm={action.action}>
          {busy ? t("do_busy") : `${t("do_confirm")}: ${word("do", action.action)}`}
        </button>
        <button type="button" class="button" disabled={busy} onClick={onBack}>{t("do_back")}</button>
      </div>
    </form>
  );
}
