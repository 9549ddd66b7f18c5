/** A case that was seen put right: what was found beside what is seen now, and one press that checks and closes it. */

import { useRef, useState } from "preact/hooks";
import { Refused, evidenceUrl } from "../api/client";
import type { CaseDetail, EvidenceFile } from "../api/types";
import { moment } from "../format";
import { t } from "../i18n";
import { Acting } from "../state/acting";
import { now } from "../state/live";
import { stepsOf, towardsClose } from "../state/steps";
import { say } from "../state/said";
import { stageWords } from "../state/workflows";
import { Icon } from "./icons";
import { Photo } from "./photo";
import { sentence } from "./problem";
import { stepWords } from "./step-words";

interface Properties {
  detail: CaseDetail;
  onDone: (detail: CaseDetail) => void;
  onStale: () => void;
}

/** A case has been closed after so many steps, or something is wrong with its workflow. */
const MAX_STEPS = 3;

export function CheckAndClose({ detail, onDone, onStale }: Properties) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const acting = useRef(new Acting());
  const { case: of, evidence } = detail;
  if (of.restored_at === null || of.closed_at !== null) return null;
  const close = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      let at = detail;
      for (let step = towardsClose(stepsOf(at)), n = 0; step !== null && n < MAX_STEPS; step = towardsClose(stepsOf(at)), n += 1) {
        at = await acting.current.act(of.number, { action: step.action, expected_sequence: at.case.sequence });
        onDone(at);
        say(t("done", { action: stepWords(step), number: of.number, stage: stageWords(at.case) }));
      }
    } catch (error) {
      setProblem(error);
      if (error instanceof Refused && error.status === 409) onStale();
    } finally {
      setBusy(false);
    }
  };
  const pair = [newest(evidence, "finding"), newest(evidence, "restored")].filter((file) => file !== null);
  const isOffered = towardsClose(stepsOf(detail)) !== null;
  return (
    <section class="card check-and-close" aria-label={t("case_restored")}>
      <p><Icon name="check" size={18} />{t("case_restored_long", { time: moment(of.restored_at, now.value) })}</p>
      {isOffered && (
        <>
          <div class="check-pair">
            {pair.map((file) => (
              <figure key={file.digest}>
                <Photo src={evidenceUrl(file.digest)} alt={t("picture_of", { role: t(`role_${file.role}`), time: moment(file.taken_at, now.value) })} />
                <figcaption>{t(`role_${file.role}`)}</figcaption>
              </figure>
            ))}
          </div>
          <button type="button" class="button is-primary" data-action="check-and-close" data-next disabled={busy} aria-keyshortcuts="n" onClick={() => void close()}>
            {t(busy ? "do_busy" : "check_and_close")}
          </button>
        </>
      )}
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
    </section>
  );
}

const newest = (files: readonly EvidenceFile[], role: EvidenceFile["role"]): EvidenceFile | null =>
  files.filter((file) => file.role === role && file.media_type.startsWith("image/")).sort((a, b) => Date.parse(b.taken_at) - Date.parse(a.taken_at))[0] ?? null;
