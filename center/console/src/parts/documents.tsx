/** The documents of a case: issued ones with their files, and a form to preview, sign and issue another. */

import { useEffect, useState } from "preact/hooks";
import { center, documentUrl } from "../api/client";
import type { CaseDocument, CaseDocuments, DocumentForm } from "../api/types";
import { fullTime, moment } from "../format";
import { named, t } from "../i18n";
import { now } from "../state/live";
import type { Stroke } from "../state/pen";
import { sentence } from "./problem";
import { SignaturePad } from "./signature-pad";

interface Signed {
  name: string;
  strokes: readonly Stroke[];
}

/** `version` of the case: the list is asked for again when it changes. */
export function Documents({ number, version, onIssued }: { number: string; version: number; onIssued: () => void }) {
  const [all, setAll] = useState<CaseDocuments | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [chosen, setChosen] = useState<{ form: string; replaces: number | null } | null>(null);
  useEffect(() => {
    let wanted = true;
    center.documents(number).then((found) => wanted && setAll(found), (error: unknown) => wanted && setProblem(error));
    return () => void (wanted = false);
  }, [number, version]);
  const done = (found: CaseDocuments): void => {
    setAll(found);
    setChosen(null);
    setProblem(null);
    onIssued();
  };
  if (all === null || (all.documents.length === 0 && all.forms.length === 0)) {
    return problem === null ? null : <p class="notice is-bad" role="alert">{sentence(problem)}</p>;
  }
  const form = all.forms.find((one) => one.form === chosen?.form);
  const replaced = new Set(all.documents.map(({ replaces }) => replaces));
  return (
    <section class="card documents" aria-label={t("docs")}>
      <h3>{t("docs")}</h3>
      {all.documents.length === 0 && <p class="empty">{t("docs_none")}</p>}
      <ul>
        {all.documents.map((of) => (
          <Issued
            key={of.id}
            of={of}
            number={number}
            mayVoid={all.may_void}
            onReplace={!replaced.has(of.id) && all.forms.some((one) => one.form === of.form) ? () => setChosen({ form: of.form, replaces: of.id }) : null}
            onVoided={done}
          />
        ))}
      </ul>
      {all.forms.length > 0 && (
        <label class="field">
          <span>{t("docs_issue")}</span>
          <select value={chosen?.form ?? ""} data-doc-form onChange={({ currentTarget: { value } }) => setChosen(value === "" ? null : { form: value, replaces: null })}>
            <option value="">{t("docs_choose")}</option>
            {all.forms.map((one) => <option key={one.form} value={one.form}>{named(one.title, one.title_en)}</option>)}
          </select>
        </label>
      )}
      {form !== undefined && <Draft key={`${form.form} ${chosen?.replaces}`} number={number} form={form} replaces={chosen?.replaces ?? null} onDone={done} onLeave={() => setChosen(null)} />}
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
    </section>
  );
}

function Issued({ of, number, mayVoid, onReplace, onVoided }: {
  of: CaseDocument;
  number: string;
  mayVoid: boolean;
  onReplace: (() => void) | null;
  onVoided: (found: CaseDocuments) => void;
}) {
  const [reason, setReason] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const isVoid = of.voided_at !== null;
  return (
    <li class={`document ${isVoid ? "is-void" : ""}`} data-document={of.number}>
      <p>
        <strong>{of.title}</strong> {of.number}
        {isVoid && <span class="badge is-bad"> {t("doc_void")}</span>}
      </p>
      <small>
        {of.issued_by} · <time dateTime={of.issued_at} title={fullTime(of.issued_at)}>{moment(of.issued_at, now.value)}</time>
        {isVoid && ` · ${of.void_reason}`}
      </small>
      <p class="row">
        <a href={documentUrl(number, of.id, "pdf")} download>PDF</a>
        <a href={documentUrl(number, of.id, "docx")} download>{t("doc_editable")}</a>
        {!isVoid && mayVoid && reason === null && <button type="button" class="link-button" data-doc-void onClick={() => setReason("")}>{t("doc_do_void")}</button>}
        {isVoid && onReplace !== null && <button type="button" class="link-button" data-doc-replace onClick={onReplace}>{t("doc_replace")}</button>}
      </p>
      {reason !== null && !isVoid && (
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            center.voidDocument(number, of.id, reason).then(onVoided, setProblem);
          }}
        >
          <input required maxLength={500} aria-label={t("doc_void_reason")} placeholder={t("doc_void_reason")} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          <button type="submit" class="button">{t("doc_do_void")}</button>
          <button type="button" class="link-button" onClick={() => setReason(null)}>{t("doc_leave")}</button>
        </form>
      )}
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
    </li>
  );
}

function Draft({ number, form, replaces, onDone, onLeave }: {
  number: string;
  form: DocumentForm;
  replaces: number | null;
  onDone: (found: CaseDocuments) => void;
  onLeave: () => void;
}) {
  const [fields, setFields] = useState<Record<string, string>>({});
  const [signed, setSigned] = useState<Record<string, Signed>>({});
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [preview, setPreview] = useState<string | null>(null);
  useEffect(() => () => void (preview !== null && URL.revokeObjectURL(preview)), [preview]);
  const change = (act: () => void): void => {
    act();
    setKey(crypto.randomUUID()); // another request has another key
    setPreview(null);
  };
  const wanted = {
    form: form.form,
    fields,
    replaces,
    signatures: Object.fromEntries(Object.entries(signed).filter(([, { name }]) => name.trim() !== "")),
  };
  const send = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(null);
    await work().catch(setProblem);
    setBusy(false);
  };
  const sign = (name: string, part: Partial<Signed>): void => change(() => setSigned((old) => ({ ...old, [name]: { ...(old[name] ?? { name: "", strokes: [] }), ...part } })));
  return (
    <form
      class="document-draft"
      onSubmit={(event) => {
        event.preventDefault();
        void send(async () => onDone(await center.issueDocument(number, wanted, key)));
      }}
    >
      {replaces !== null && <p class="notice">{t("doc_replaces")}</p>}
      {form.fields.map(({ name, label, label_en, long, optional }) => (
        <label class="field" key={name}>
          <span>{named(label, label_en)}</span>
          {long
            ? <textarea name={name} required={!optional} rows={3} maxLength={4000} value={fields[name] ?? ""} onInput={({ currentTarget: { value } }) => change(() => setFields((old) => ({ ...old, [name]: value })))} />
            : <input name={name} required={!optional} maxLength={200} value={fields[name] ?? ""} onInput={({ currentTarget: { value } }) => change(() => setFields((old) => ({ ...old, [name]: value })))} />}
        </label>
      ))}
      {form.signatures.map(({ name, label, label_en, optional }) => (
        <fieldset key={name}>
          <legend>{named(label, label_en)}</legend>
          <label class="field">
            <span>{t("doc_signer")}</span>
            <input name={`signer-${name}`} required={!optional || (signed[name]?.strokes.length ?? 0) > 0} maxLength={64} value={signed[name]?.name ?? ""} onInput={({ currentTarget: { value } }) => sign(name, { name: value })} />
          </label>
          <SignaturePad label={named(label, label_en)} strokes={signed[name]?.strokes ?? []} onDraw={(strokes) => sign(name, { strokes })} />
        </fieldset>
      ))}
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
      <p class="row">
        <button type="submit" class="button is-primary" disabled={busy} data-doc-issue>{t("doc_issue")}</button>
        <button
          type="button"
          class="button"
          disabled={busy}
          data-doc-preview
          onClick={() => void send(async () => {
            setPreview(URL.createObjectURL(await center.previewDocument(number, wanted)));
          })}
        >{t("doc_preview")}</button>
        {preview !== null && <a href={preview} target="_blank" rel="noreferrer" data-doc-open>{t("doc_open_preview")}</a>}
        <button type="button" class="link-button" onClick={onLeave}>{t("doc_leave")}</button>
      </p>
    </form>
  );
}
