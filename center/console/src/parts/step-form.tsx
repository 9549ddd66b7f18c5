/** The form of a step: a field for each thing that it needs. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { named, t } from "../i18n";
import { NEEDS, type Need, type Option, type Step } from "../state/steps";
import { needed } from "./needed";
import { PictureField } from "./picture-field";
import { stepWords } from "./step-words";
import { TimeField } from "./time-field";

/** From what the fields choose. `proposed`: of the departments, the one that a rule names, and why. */
export interface Choices {
  departments: readonly Option[];
  proposed: { department: string; reason: string } | null;
  assignees: readonly Option[];
  conditions: readonly Option[];
  /** Open cases that may be the same problem. */
  siblings: readonly Option[];
  incidents: readonly Option[];
}

/** What was filled in: words by name of the field, and pictures. */
export interface Filled {
  words: Record<string, string>;
  pictures: File[];
}

interface Properties {
  step: Step;
  choices: Choices;
  /** As far as they are filled in. */
  fields: Record<string, string>;
  busy: boolean;
  onFields: (fields: Record<string, string>) => void;
  onSubmit: (filled: Filled) => void;
  onBack: () => void;
}

const SEPARATOR = ",";
/** Steps with which pictures may come, whether the workflow asks for them or not. */
const MAY_SHOW: ReadonlySet<string> = new Set(["verify_answer", "check_answer", "handle", "self_handle", "check", "hand_back", "return", "defer", "suspend_request", "answer_urge", "appeal"]);

export function StepForm({ step, choices, fields, busy, onFields, onSubmit, onBack }: Properties) {
  const form = useRef<HTMLFormElement>(null);
  // Before the browser paints: a key that is pressed at once goes to where the focus will stay.
  useLayoutEffect(() => {
    form.current?.querySelector<HTMLElement>("select, textarea, input")?.focus();
  }, []);
  const isBad = step.action === "cancel" || step.action === "void" || step.action === "force_close";
  return (
    <form
      ref={form}
      onInput={() => onFields(filledIn(form.current).words)}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(filledIn(form.current));
      }}
      onKeyDown={(event) => event.key === "Escape" && onBack()}
    >
      <h4>{stepWords(step)}</h4>
      {NEEDS.filter((need) => need !== "note" && step.needs.has(need)).map((need) => (
        <Field key={need} need={need} step={step} choices={choices} value={fields[need] ?? ""} />
      ))}
      {!step.needs.has("pictures") && MAY_SHOW.has(step.action) && <PictureField />}
      <Note isNeeded={step.needs.has("note")} value={fields["note"] ?? ""} />
      <div class="row">
        <button type="submit" class={`button ${isBad ? "is-bad" : "is-primary"}`} disabled={busy} data-confirm={step.action}>
          {busy ? t("do_busy") : t("do_confirm", { action: stepWords(step) })}
        </button>
        <button type="button" class="button" disabled={busy} onClick={onBack}>{t("do_back")}</button>
      </div>
    </form>
  );
}

/** Fields of the same name (boxes that are ticked) become one, separated by commas. */
function filledIn(form: HTMLFormElement | null): Filled {
  const words: Record<string, string> = {};
  const pictures: File[] = [];
  if (form === null) return { words, pictures };
  for (const [name, value] of new FormData(form)) {
    if (value instanceof File) {
      if (value.size > 0) pictures.push(value);
    } else words[name] = name in words ? words[name] + SEPARATOR + value : value;
  }
  return { words, pictures };
}

const Note = ({ isNeeded, value }: { isNeeded: boolean; value: string }) => (
  <label class="field">
    {t(isNeeded ? "do_note" : "do_note_optional")}
    <textarea name="note" rows={2} maxLength={1000} value={value} {...(isNeeded ? { ...needed(t("do_note_needed")), placeholder: t("do_note_needed") } : {})} />
  </label>
);

function Field({ need, step, choices, value }: { need: Need; step: Step; choices: Choices; value: string }) {
  switch (need) {
    case "department":
      return <Department choices={choices} value={value} />;
    case "assignee":
      return <Assignee options={choices.assignees} value={value} />;
    case "condition":
      return <Select name="condition" label={t("do_condition")} options={choices.conditions} value={value} />;
    case "answer":
      return <Radios name="answer" label={t("do_answer")} options={step.answers} value={value} isNeeded />;
    case "reason":
      return <Radios name="reason" label={t("do_reason")} options={step.reasons} value={value} isNeeded={false} />;
    case "until":
      return (
        <div class="field">
          {t("do_until")}
          <TimeField type="date" name="until" label={t("do_until")} required min={tomorrow()} value={value} onChange={() => {}} />
        </div>
      );
    case "into":
      return (
        <label class="field">
          {t("do_into")}
          <input type="text" name="into" maxLength={40} value={value} placeholder="SW…" autocomplete="off" list="siblings" {...needed(t("do_into_needed"))} />
          <datalist id="siblings">
            {choices.siblings.map((one) => <option key={one.value} value={one.value}>{named(one.name, one.nameEn)}</option>)}
          </datalist>
        </label>
      );
    case "incidents":
      return <Incidents options={choices.incidents} value={value} />;
    case "pictures":
      return <PictureField isNeeded />;
    case "note":
      return null;
  }
}

/** The department that the rule names comes first, and is chosen unless somebody has chosen another one. */
function Department({ choices: { departments, proposed }, value }: { choices: Choices; value: string }) {
  const chosen = value || (proposed?.department ?? departments[0]?.value);
  return (
    <label class="field">
      {t("do_department")}
      <select name="department" required>
        {departments.map((one) => (
          <option key={one.value} value={one.value} selected={one.value === chosen}>
            {one.value === proposed?.department ? t("do_proposed", { name: named(one.name, one.nameEn) }) : named(one.name, one.nameEn)}
          </option>
        ))}
      </select>
      {proposed !== null && <small>{t("do_proposed_because", { reason: proposed.reason })}</small>}
    </label>
  );
}

interface OptionsProperties {
  name: string;
  label: string;
  options: readonly Option[];
  value: string;
}

const Select = ({ name, label, options, value }: OptionsProperties) => (
  <label class="field">
    {label}
    <select name={name} required>
      {options.map((one) => (
        <option key={one.value} value={one.value} selected={one.value === value}>{named(one.name, one.nameEn)}</option>
      ))}
    </select>
  </label>
);

/** Whoever may not see who there is names an account. */
const Assignee = ({ options, value }: { options: readonly Option[]; value: string }) =>
  options.length > 0 ? (
    <Select name="assignee" label={t("do_assignee")} options={options} value={value} />
  ) : (
    <label class="field">
      {t("do_assignee_login")}
      <input type="text" name="assignee" maxLength={64} value={value} autocomplete="off" {...needed(t("field_needed"))} />
    </label>
  );

const Radios = ({ name, label, options, value, isNeeded }: OptionsProperties & { isNeeded: boolean }) =>
  options.length === 0 ? null : (
    <fieldset class="field radios">
      <legend>{label}</legend>
      {options.map((one) => (
        <label key={one.value}>
          <input type="radio" name={name} value={one.value} checked={one.value === value} required={isNeeded} />
          {named(one.name, one.nameEn)}
        </label>
      ))}
    </fieldset>
  );

const Incidents = ({ options, value }: { options: readonly Option[]; value: string }) => (
  <fieldset class="field radios">
    <legend>{t("do_incidents")}</legend>
    {options.map((one) => (
      <label key={one.value}>
        <input type="checkbox" name="incidents" value={one.value} checked={value.split(SEPARATOR).includes(one.value)} />
        {named(one.name, one.nameEn)}
      </label>
    ))}
  </fieldset>
);

function tomorrow(): string {
  const day = new Date(Date.now() + 86_400_000);
  return new Date(day.getTime() - day.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
