/** What went wrong, in a sentence in the language that is set. */

import { Refused, Unreachable } from "../api/client";
import { t } from "../i18n";
import { refusalWords } from "./step-words";

/** Codes of a 409 that say that something else was faster; the others say what is wrong with the request. */
const OVERTAKEN: ReadonlySet<string> = new Set(["stale_sequence", "wrong_stage"]);

export function sentence(error: unknown): string {
  if (error instanceof Refused) {
    const { code, detail } = error.problem;
    if (error.status === 409 && OVERTAKEN.has(code)) return t("conflict");
    const said = error.status === 503 ? t("failed_away") : t("failed", { detail: refusalWords({ code, text: detail }) });
    // Whoever keeps the center running finds the request in its log by this.
    return error.status >= 500 && error.requestId ? `${said} ${t("failed_request", { id: error.requestId })}` : said;
  }
  return error instanceof Unreachable ? t("failed_unreachable") : t("failed", { detail: String(error) });
}
