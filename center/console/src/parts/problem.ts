/** What went wrong, in a sentence in the language that is set. */

import { Refused, Unreachable } from "../api/client";
import { t } from "../i18n";

export function sentence(error: unknown): string {
  if (error instanceof Refused) {
    if (error.status === 409) return t("conflict");
    const said = error.status === 503 ? t("failed_away") : t("failed", { detail: error.problem.detail });
    // Whoever keeps the center running finds the request in its log by this.
    return error.status >= 500 && error.requestId ? `${said} ${t("failed_request", { id: error.requestId })}` : said;
  }
  return error instanceof Unreachable ? t("failed_unreachable") : t("failed", { detail: String(error) });
}
