/** What lies on this phone: not finished, waiting to be sent, not accepted, just sent. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../../api/client";
import type { Code } from "../../api/types";
import { clockTime, moment, number } from "../../format";
import { named } from "../../i18n";
import { Icon } from "../../parts/icons";
import { refusalWords } from "../../parts/step-words";
import { now } from "../../state/live";
import { keyOf } from "../../state/report";
import { type Draft, totalOf } from "../draft";
import { useAnswer } from "../kept";
import { canSend, chosen, discard, drafts, sendAgain, sending, write } from "../outbox";
import { address, go } from "../routes";
import { confirmed, isOnline } from "../session";
import { filesOf } from "../storage";
import { p } from "../words";

const MB = 1_048_576;

export function OutboxView() {
  const codes = useAnswer<Code[]>("codes", () => center.codes(), { forEverybody: true });
  const all = [...drafts.value].reverse();
  return (
    <>
      <p class="empty">{p(all.length === 0 ? "outbox_none" : "outbox_hint")}</p>
      <ul class="phone-list">{all.map((draft) => <Entry key={draft.id} of={draft} codes={codes.value ?? []} />)}</ul>
    </>
  );
}

function Entry({ of, codes }: { of: Draft; codes: readonly Code[] }) {
  const [files, setFiles] = useState<{ n: number; bytes: number }>({ n: 0, bytes: 0 });
  useEffect(() => void filesOf(of.id).then((found) => setFiles({ n: found.length, bytes: totalOf(found) }), () => {}), [of.id, of.state]);
  const edit = async (): Promise<void> => {
    if (of.what.kind === "report") {
      await write(of, of.what);
      chosen.value = of.id;
      go({ page: "report" });
    } else go({ page: "case", number: of.what.words.number });
  };
  return (
    <li class="card phone-entry" data-draft={of.id} data-state={of.state}>
      <strong>{title(of, codes)}</strong>
      <span class={`badge ${of.state === "sent" ? "is-close" : of.state === "refused" || of.state === "doubtful" ? "is-mark" : "is-open"}`}>{stateWords(of)}</span>
      <small>
        {moment(of.beganMs, now.value)}
        {files.n > 0 && ` · ${p("outbox_files", { n: files.n, size: number(files.bytes / MB, 1) })}`}
      </small>
      {of.state === "waiting" && of.tries > 0 && of.notBeforeMs > now.value && <small>{p("outbox_next", { time: clockTime(of.notBeforeMs) })}</small>}
      {problemOf(of) !== null && <p class="notice is-bad" role="alert">{problemOf(of)}</p>}
      <div class="row">
        {of.state === "sent" && of.number !== null && <a class="button" href={address({ page: "case", number: of.number })}><Icon name="cases" size={18} />{of.number}</a>}
        {(of.state === "waiting" || of.state === "doubtful") && canSend.value && <button type="button" class="button is-primary" data-again onClick={() => void sendAgain(of)}>{p("outbox_again")}</button>}
        {(of.state === "writing" || of.state === "refused") && <button type="button" class="button" data-edit onClick={() => void edit()}>{p("outbox_edit")}</button>}
        {of.state !== "sent" && sending.value !== of.id && (
          <button type="button" class="button is-bad" data-remove onClick={() => {
            if (confirm(p("outbox_remove_sure"))) void discard(of);
          }}>{p("outbox_remove")}</button>
        )}
      </div>
    </li>
  );
}

function title({ what }: Draft, codes: readonly Code[]): string {
  if (what.kind === "step") return `${named(what.words.name, what.words.nameEn)} · ${what.words.number}`;
  const code = codes.find((one) => keyOf(one) === what.words.code);
  return [p("outbox_report"), code === undefined ? "" : named(code.name, code.name_en)].filter(Boolean).join(" · ");
}

function stateWords(of: Draft): string {
  if (sending.value === of.id) return p("outbox_sending");
  switch (of.state) {
    case "writing":
      return p("outbox_writing");
    case "waiting":
      return p(isOnline.value && confirmed.value === null ? "outbox_waiting_sign_on" : "outbox_waiting");
    case "refused":
      return p("outbox_refused");
    case "doubtful":
      return p("outbox_doubtful");
    case "sent":
      return p(of.joined ? (of.problem === null ? "outbox_joined" : "outbox_spot_joined") : "outbox_sent", { number: of.number ?? "" });
  }
}

/** Why the center does not accept it. */
function problemOf({ state, problem, joined }: Draft): string | null {
  if (state === "doubtful") return p("outbox_doubtful_long");
  if (problem === null || (state === "sent" && joined)) return null;
  if (problem.code === "stale_sequence" || problem.code === "wrong_stage") return p("outbox_stale");
  if (problem.code === "reused_key") return p("outbox_reused");
  return refusalWords({ code: problem.code, text: problem.detail });
}
