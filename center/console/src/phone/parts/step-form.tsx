/** A step of a case on the phone: an answer, pictures by what they show, words. Kept from the first touch on. */

import { useState } from "preact/hooks";
import type { CaseDetail } from "../../api/types";
import { named, t } from "../../i18n";
import { Icon } from "../../parts/icons";
import { stepWords } from "../../parts/step-words";
import type { Given } from "../../state/acting";
import type { Option, Step } from "../../state/steps";
import type { Draft, PictureKind, What } from "../draft";
import { go } from "../routes";
import { useDraft } from "../use-draft";
import { p } from "../words";
import { FilesField } from "./files-field";

type StepDraft = Extract<What, { kind: "step" }>;

/** Who handles shows before and after; who verifies or checks shows what is there. */
const BEFORE_AND_AFTER: readonly PictureKind[] = ["before", "after"];
const AS_IT_IS: readonly PictureKind[] = ["near", "far", "reference"];
const HANDLING: ReadonlySet<string> = new Set(["handle", "self_handle", "answer_urge"]);

interface Properties {
  detail: CaseDetail;
  step: Step;
  /** What was begun before. */
  found: Draft | null;
  onCancel: () => void;
}

type Lacking = "step_needs_answer" | "step_needs_reason" | "step_needs_pictures" | "step_needs_note";

export function StepForm({ detail, step, found, onCancel }: Properties) {
  const { number, sequence } = detail.case;
  const nothing: StepDraft = { kind: "step", words: { number, sequence, action: step.action, name: step.name, nameEn: step.nameEn, given: {} } };
  const writing = useDraft<StepDraft>(found, nothing);
  const [lacks, setLacks] = useState<Lacking | null>(null);
  const [busy, setBusy] = useState(false);
  const { given } = writing.what.words;

  const change = (some: Partial<Given>): void => {
    setLacks(null);
    const next = Object.fromEntries(Object.entries({ ...given, ...some }).filter(([, value]) => value !== "")) as Given;
    // The step is taken on the case as the person sees it now.
    writing.change({ kind: "step", words: { ...writing.what.words, sequence, given: next } });
  };
  const send = async (): Promise<void> => {
    const missing = lackingOf(step, given, writing.files.length);
    setLacks(missing);
    if (missing !== null) return;
    setBusy(true);
    change({});
    await writing.send();
    setBusy(false);
    go({ page: "outbox" });
  };
  const cancel = async (): Promise<void> => {
    await writing.discard();
    onCancel();
  };
  return (
    <form class="phone-form" aria-label={stepWords(step)} onSubmit={(event) => {
      event.preventDefault();
      void send();
    }}>
      {step.needs.has("answer") && <Radios name="answer" label={p("step_answer")} options={step.answers} value={given.answer ?? ""} onChange={(answer) => change({ answer })} />}
      {step.reasons.length > 0 && <Radios name="reason" label={p("step_reason")} options={step.reasons} value={given.reason ?? ""} onChange={(reason) => change({ reason })} />}
      {step.needs.has("until") && (
        <label class="field">
          {t("do_until")}
          <input type="date" name="until" value={given.until?.slice(0, 10) ?? ""} onInput={(event) => change({ until: event.currentTarget.value === "" ? "" : new Date(`${event.currentTarget.value}T00:00`).toISOString() })} />
        </label>
      )}
      <FilesField of={writing} kinds={HANDLING.has(step.action) ? BEFORE_AND_AFTER : AS_IT_IS} />
      <label class="field">
        {p(step.needs.has("note") ? "step_note_needed" : "step_note")}
        <textarea name="note" rows={2} maxLength={1000} value={given.note ?? ""} onInput={(event) => change({ note: event.currentTarget.value })} />
      </label>
      {lacks !== null && <p class="notice is-bad" role="alert">{p(lacks)}</p>}
      <div class="phone-send">
        <button type="submit" class="button is-primary" data-confirm={step.action} disabled={busy}><Icon name="check" size={20} />{p("step_send", { action: stepWords(step) })}</button>
        <button type="button" class="button" onClick={() => void cancel()}>{p("step_cancel")}</button>
      </div>
    </form>
  );
}

function lackingOf(step: Step, given: Given, files: number): Lacking | null {
  if (step.needs.has("answer") && !given.answer) return "step_needs_answer";
  if (step.needs.has("reason") && !given.reason && !given.note?.trim()) return "step_needs_reason";
  if (step.needs.has("pictures") && files === 0) return "step_needs_pictures";
  return step.needs.has("note") && !given.note?.trim() ? "step_needs_note" : null;
}

interface OptionsProperties {
  name: string;
  label: string;
  options: readonly Option[];
  value: string;
  onChange: (value: string) => void;
}

const Radios = ({ name, label, options, value, onChange }: OptionsProperties) => (
  <fieldset class="field phone-radios">
    <legend>{label}</legend>
    {options.map((one) => (
      <label key={one.value}>
        <input type="radio" name={name} value={one.value} checked={one.value === value} onChange={() => onChange(one.value)} />
        {named(one.name, one.nameEn)}
      </label>
    ))}
  </fieldset>
);
