/** What was just done, and news: both go by themselves. */

import type { Case } from "../api/types";
import { number } from "../format";
import { t } from "../i18n";
import { dismiss, toasts } from "../state/live";
import { address } from "../routes";
import { said, unsay } from "../state/said";
import { EVERY_OPEN_CASE } from "../state/case-choice";
import { CaseSymbol, caseAddress, caseStreet, caseTitle } from "./case-parts";
import { Icon } from "./icons";

export function Toasts() {
  return (
    <section class="toasts" aria-label={t("toasts")} aria-live="polite">
      {said.value !== null && (
        <div class="toast" key={`said-${said.value.id}`} data-toast="done">
          <Icon name="check" size={20} />
          <p>{said.value.text}</p>
          <button type="button" class="icon-button" aria-label={t("dismiss")} onClick={unsay}>
            <Icon name="close" size={16} />
          </button>
        </div>
      )}
      {toasts.value.map(({ id, what, cases }) => {
        const [first] = cases;
        if (first === undefined) return null;
        const several = cases.length > 1;
        return (
          <div class="toast" key={id} data-toast={what}>
            <CaseSymbol of={first} size={34} />
            {several ? (
              <a href={address({ page: "cases", number: null, choice: EVERY_OPEN_CASE })} onClick={() => dismiss(id)}>
                <strong>{t(what === "opened" ? "toasts_opened" : "toasts_restored", { n: number(cases.length) })}</strong>
                <span>{titles(cases)}</span>
              </a>
            ) : (
              <a href={caseAddress(first.number)} onClick={() => dismiss(id)}>
                <small>{t(what === "opened" ? "toast_opened" : "toast_restored")}</small>
                <strong>{caseTitle(first)}</strong>
                <span>{caseStreet(first) || first.number}</span>
              </a>
            )}
            <button type="button" class="icon-button" aria-label={t("dismiss")} onClick={() => dismiss(id)}>
              <Icon name="close" size={16} />
            </button>
          </div>
        );
      })}
    </section>
  );
}

/** What several cases are about, each title once. */
const titles = (cases: readonly Case[]): string => [...new Set(cases.map(caseTitle))].join(" · ");
