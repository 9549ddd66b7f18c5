/** What went wrong, in a sentence in the language that is set. */

import { Refused, Unreachable } from "../api/client";
import { t } from "../i18n";

export function sentence(error: unknown): string {
  if (error instanceof Refused) {
    if (error.status === 409) return t("conflict");
    if (error.status === 503) return t("failed_away");
    return t("failed", { detail: error.problem.detail });
  }
  return error instanceof Unreachable ? t("failed_unreachable") : t("failed", { detail: String(error) });
}
