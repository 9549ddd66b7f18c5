/** A report from the street: what it is, where, pictures, words. It is kept on the phone from the first touch on. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../../api/client";
import type { Code } from "../../api/types";
import { t } from "../../i18n";
import { Icon } from "../../parts/icons";
import { LEVELS } from "../../state/report";
import { type Draft, lacking, NO_REPORT, PICTURE_KINDS, type ReportWords, type What } from "../draft";
import { useAnswer } from "../kept";
import { areRead, chosen, drafts } from "../outbox";
import { CodeField } from "../parts/code-field";
import { FilesField } from "../parts/files-field";
import { PlaceField } from "../parts/place-field";
import { go } from "../routes";
import { room } from "../storage";
import { useDraft } from "../use-draft";
import { p } from "../words";

type Report = Extract<What, { kind: "report" }>;

export function ReportView() {
  if (!areRead.value) return <p class="empty" aria-busy="true">{p("loading")}</p>;
  const found = writingOf(drafts.peek(), chosen.value);
  return <ReportForm key={chosen.value ?? "new"} found={found} />;
}

/** The one that was chosen, else the newest that is not finished. */
export function writingOf(all: readonly Draft[], wanted: string | null): Draft | null {
  const writing = all.filter(({ state, what }) => state === "writing" && what.kind === "report");
  return writing.find(({ id }) => id === wanted) ?? writing.at(-1) ?? null;
}

const LACKING = { code: "report_needs_code", place: "report_needs_place", after: "report_needs_after" } as const;

function ReportForm({ found }: { found: Draft | null }) {
  const writing = useDraft<Report>(found, { kind: "report", words: NO_REPORT });
  const codes = useAnswer<Code[]>("codes", () => center.codes(), { forEverybody: true });
  const [lacks, setLacks] = useState<keyof typeof LACKING | null>(null);
  const [busy, setBusy] = useState(false);
  const words = writing.what.words;
  useEffect(() => void room().catch(() => {}), []);

  const change = (some: Partial<ReportWords>): void => {
    setLacks(null);
    writing.change({ kind: "report", words: { ...words, ...some } });
  };
  const send = async (): Promise<void> => {
    const missing = lacking(words, writing.files);
    setLacks(missing);
    if (missing !== null) return;
    setBusy(true);
    await writing.send();
    setBusy(false);
    chosen.value = null;
    go({ page: "outbox" });
  };
  const discard = async (): Promise<void> => {
    if (!confirm(p("report_discard_sure"))) return;
    await writing.discard();
    chosen.value = null;
    go({ page: "today" });
  };
  return (
    <form class="phone-form" aria-label={p("report")} onSubmit={(event) => {
      event.preventDefault();
      void send();
    }}>
      {codes.value === null ? <p class="notice">{p(codes.problem === null ? "loading" : "report_no_codes")}</p> : <CodeField codes={codes.value} code={words.code} condition={words.condition} onChange={(code, condition) => change({ code, condition })} />}
      <PlaceField place={words.place} onChange={(place) => change({ place })} />
      <FilesField of={writing} kinds={PICTURE_KINDS} />
      <label class="field">
        {p("report_words")}
        <textarea name="description" rows={3} maxLength={1000} value={words.description} onInput={(event) => change({ description: event.currentTarget.value })} />
      </label>
      <label class="field">
        {p("report_level")}
        <select name="level" value={words.level} onChange={(event) => change({ level: event.currentTarget.value })}>
          <option value="">{p("report_level_none")}</option>
          {LEVELS.map((one) => <option key={one} value={one}>{t(`level_${one}`)}</option>)}
        </select>
      </label>
      <label class="switch">
        <input type="checkbox" role="switch" name="spot" checked={words.spot} onChange={(event) => change({ spot: event.currentTarget.checked })} />
        <span />
        {p("report_spot")}
      </label>
      {words.spot && <small>{p("report_spot_hint")}</small>}
      {lacks !== null && <p class="notice is-bad" role="alert">{p(LACKING[lacks])}</p>}
      <div class="phone-send">
        <button type="submit" class="button is-primary" data-send disabled={busy}><Icon name="check" size={20} />{p("report_send")}</button>
        {writing.draft !== null && <button type="button" class="button is-bad" data-discard onClick={() => void discard()}>{p("report_discard")}</button>}
      </div>
      {writing.draft !== null && <small role="status" data-kept={writing.draft.id}>{p("report_kept")}</small>}
    </form>
  );
}
