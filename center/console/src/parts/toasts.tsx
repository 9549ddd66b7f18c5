/** News that goes by itself. */

import { t } from "../i18n";
import { dismiss, toasts } from "../state/live";
import { CaseSymbol, caseAddress, caseStreet, caseTitle } from "./case-parts";
import { Icon } from "./icons";

export function Toasts() {
  return (
    <section class="toasts" aria-label={t("toasts")} aria-live="polite">
      {toasts.value.map(({ id, what, cases }) => {
        const [first] = cases;
        if (first === undefined) return null;
        return (
          <div class="toast" key={id} data-toast={what}>
            <CaseSymbol of={first} size={34} />
            <a href={caseAddress(first.number)} onClick={() => dismiss(id)}>
              <small>
                {cases.length > 1 ? t("toast_more", { n: cases.length }) : t(what === "opened" ? "toast_opened" : "toast_restored")}
              </small>
              <strong>{caseTitle(first)}</strong>
              <span>{caseStreet(first) || first.number}</span>
            </a>
            <button type="button" class="icon-button" aria-label={t("dismiss")} onClick={() => dismiss(id)}>
              <Icon name="close" size={16} />
            </button>
          </div>
        );
      })}
    </section>
  );
}
