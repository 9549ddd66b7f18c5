/** What can be done with a case now. The center decides that; here it is only asked for. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../api/client";
import type { CaseDetail } from "../api/types";
import { named, t, word } from "../i18n";
import { Acting, type Given } from "../state/acting";
import { draftOf, dropDraft, keepDraft } from "../state/drafts";
import { session } from "../state/live";
import { say } from "../state/said";
import { answersRequest, nextStep, possibleNow, type Step, stepsOf, takesOnePress } from "../state/steps";
import { stageWords } from "../state/workflows";
import { choicesOf } from "./case-choices";
import { Icon } from "./icons";
import { sentence } from "./problem";
import { type Filled, StepForm } from "./step-form";
import { refusalWords, stepWords } from "./step-words";

interface Properties {
  detail: CaseDetail;
  onDone: (detail: CaseDetail) => void;
  /** The case has moved on; what is shown must be asked for again. */
  onStale: () => void;
}

/** So many steps besides the usual one are offered at once; the others are unfolded. */
const AT_ONCE = 4;
/** The refusal to decide on one's own request. */
const OWN_REQUEST = "own_request";

export function CaseActions({ detail, onDone, onStale }: Properties) {
  const { case: of } = detail;
  const login = session.value?.login ?? "";
  const draft = draftOf(login, of.number);
  const steps = stepsOf(detail);
  const possible = possibleNow(steps);
  const chosen = possible.find(({ action }) => action === draft?.action) ?? null;
  const next = nextStep(steps);
  // What waits only for somebody else is said at once: with one account it would wait for ever.
  const own = steps.filter((step) => step.refusal?.code === OWN_REQUEST);
  const choices = choicesOf(detail, chosen?.action ?? null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const acting = useRef(new Acting());

  useEffect(() => setProblem(null), [of.number]);

  const choose = (step: Step): void => {
    setProblem(null);
    keepDraft(login, of.number, { action: step.action, fields: draft?.fields ?? {} });
  };
  /** The form goes; words that were written stay, for this form or another. */
  const back = (fields: Record<string, string> = draft?.fields ?? {}): void => {
    if (fields["note"]?.trim()) keepDraft(login, of.number, { action: "", fields });
    else dropDraft(login, of.number);
  };
  const act = async (step: Step, filled: Filled): Promise<void> => {
    if (step.needs.has("reason") && !filled.words["reason"] && !filled.words["note"]?.trim()) {
      setProblem(t("do_reason_needed"));
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      const after = await acting.current.act(of.number, { action: step.action, expected_sequence: of.sequence, ...givenOf(filled.words) }, filled.pictures);
      dropDraft(login, of.number);
      onDone(after);
      say(t("done", { action: stepWords(step), number: of.number, stage: stageWords(after.case) }));
    } catch (error) {
      setProblem(sentence(error));
      if (error instanceof Refused && error.status === 409) {
        // The same step may mean something else now: the form goes, so that nobody confirms it unseen.
        back(filled.words);
        onStale();
      }
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card case-actions" aria-label={t("case_actions")}>
      <h3>{t("case_actions")}</h3>
      {possible.length === 0 && <p class="empty">{t(of.closed_at === null ? "case_not_yours" : "case_no_actions")}</p>}
      {next === null && of.closed_at === null && <p class="empty">{t("case_waits_for", { holder: word("holder", of.holder) })}</p>}
      {chosen === null ? (
        <>
          <StepButtons
            steps={possible}
            next={next}
            busy={busy}
            proposed={choices.proposed === null ? null : { ...choices.proposed, name: nameOf(choices.departments, choices.proposed.department) }}
            onChoose={choose}
            onTake={(step, department) => void act(step, { words: { department }, pictures: [] })}
          />
          {draft !== null && <KeptNote note={draft.fields["note"] ?? ""} onDrop={() => dropDraft(login, of.number)} />}
          {own.map((step) => step.refusal !== null && <p key={step.action} class="notice"><strong>{stepWords(step)}</strong>: {refusalWords(step.refusal)}</p>)}
          <Refusals steps={steps.filter((step) => step.refusal !== null && !own.includes(step))} />
        </>
      ) : (
        <StepForm
          key={chosen.action}
          step={chosen}
          choices={choices}
          fields={draft?.fields ?? {}}
          busy={busy}
          onFields={(fields) => keepDraft(login, of.number, { action: chosen.action, fields })}
          onSubmit={(filled) => void act(chosen, filled)}
          onBack={() => back()}
        />
      )}
      <p class={problem === null ? "hidden" : "notice is-bad"} role="status">{problem}</p>
    </section>
  );
}

const nameOf = (options: readonly { value: string; name: string; nameEn: string }[], value: string): string => {
  const found = options.find((one) => one.value === value);
  return found === undefined ? value : named(found.name, found.nameEn);
};

interface ButtonsProperties {
  steps: readonly Step[];
  next: Step | null;
  busy: boolean;
  proposed: { department: string; reason: string; name: string } | null;
  onChoose: (step: Step) => void;
  onTake: (step: Step, department: string) => void;
}

/** The usual step first, then those that answer somebody; if a rule names the department, one press dispatches. What is seldom done is folded away. */
function StepButtons({ steps, next, busy, proposed, onChoose, onTake }: ButtonsProperties) {
  const rest = steps.filter((step) => step !== next);
  const others = [...rest.filter(answersRequest), ...rest.filter((step) => !answersRequest(step) && !isEnd(step)), ...rest.filter(isEnd)];
  const answering = others.filter(answersRequest);
  const moving = others.filter((step) => !step.stays && !answering.includes(step));
  const shown = others.length <= AT_ONCE ? others : [...answering, ...moving].slice(0, Math.max(AT_ONCE, answering.length));
  const folded = others.filter((step) => !shown.includes(step));
  const button = (step: Step) => (
    <button type="button" key={step.action} class={`button ${isEnd(step) ? "is-bad" : ""}`} data-action={step.action} disabled={busy} onClick={() => onChoose(step)}>
      {stepWords(step)}
    </button>
  );
  return (
    <>
      <div class="row">
        {next !== null && proposed !== null && takesOnePress(next, proposed.department) ? (
          <>
            <NextButton step={next} busy={busy} title={proposed.reason} onClick={() => onTake(next, proposed.department)}>
              {t("do_dispatch_to", { department: proposed.name })}
            </NextButton>
            <button type="button" class="button" data-action={`${next.action}-other`} disabled={busy} onClick={() => onChoose(next)}>{t("do_dispatch_other")}</button>
          </>
        ) : (
          next !== null && <NextButton step={next} busy={busy} onClick={() => onChoose(next)}>{stepWords(next)}</NextButton>
        )}
        {shown.map(button)}
      </div>
      {proposed !== null && next !== null && takesOnePress(next, proposed.department) && <small>{t("do_proposed_because", { reason: proposed.reason })}</small>}
      {folded.length > 0 && (
        <details class="more-steps">
          <summary>{t("do_more", { n: folded.length })}</summary>
          <div class="row">{folded.map(button)}</div>
        </details>
      )}
    </>
  );
}

interface NextProperties {
  step: Step;
  busy: boolean;
  title?: string;
  onClick: () => void;
  children: preact.ComponentChildren;
}

const NextButton = ({ step, busy, title, onClick, children }: NextProperties) => (
  <button type="button" class="button is-primary" data-action={step.action} data-next aria-keyshortcuts="n" title={title} disabled={busy} onClick={onClick}>
    {children}
  </button>
);

/** Steps that undo or end the case badly look like it. */
const isEnd = ({ action }: Step): boolean => action === "cancel" || action === "void" || action === "force_close";

const Refusals = ({ steps }: { steps: readonly Step[] }) =>
  steps.length === 0 ? null : (
    <details class="more-steps">
      <summary>{t("do_not_now", { n: steps.length })}</summary>
      <dl class="refusals">
        {steps.map((step) => (
          <div key={step.action}>
            <dt>{stepWords(step)}</dt>
            <dd>{step.refusal === null ? "" : refusalWords(step.refusal)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );

const KeptNote = ({ note, onDrop }: { note: string; onDrop: () => void }) =>
  note.trim() === "" ? null : (
    <p class="notice kept-note">
      <span>{t("note_kept", { note })}</span>
      <button type="button" class="icon-button" aria-label={t("note_drop")} title={t("note_drop")} onClick={onDrop}>
        <Icon name="close" size={16} />
      </button>
    </p>
  );

/** What was filled in, as the center takes it; what is empty is left out. */
function givenOf(words: Record<string, string>): Given {
  const given: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(words)) {
    const text = value.trim();
    if (text === "") continue;
    if (name === "until") given[name] = new Date(`${text}T00:00`).toISOString();
    else if (name === "incidents") given[name] = text.split(",");
    else given[name] = text;
  }
  return given;
}
