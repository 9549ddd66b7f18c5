/** Who told a case: the contact is sealed, and shown when somebody asks for it, which is logged. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../api/client";
import type { CallerContact, ReportCaller } from "../api/types";
import { fullTime, moment } from "../format";
import { t } from "../i18n";
import { now } from "../state/live";
import { Icon } from "./icons";
import { sentence } from "./problem";

export function Callers({ number, of }: { number: string; of: readonly ReportCaller[] }) {
  const [shown, setShown] = useState<readonly CallerContact[] | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    setShown(null);
    setProblem(null);
  }, [number]);
  return (
    <div class="callers" data-callers={of.length}>
      {(shown ?? of).map((one, place) => (
        <p key={place}>
          <Words of={one} />{" "}
          <small>
            <time dateTime={one.called_at} title={fullTime(one.called_at)}>{moment(one.called_at, now.value)}</time>
            {one.call_back && ` · ${t("report_call_back")}`} · {t(one.public ? "caller_public" : "caller_not_public")}
          </small>
        </p>
      ))}
      {problem !== null && <p class="notice is-bad" role="alert">{sentence(problem)}</p>}
      {shown === null && of.some((one) => one.has_name || one.has_telephone || one.has_email) && (
        <button type="button" class="button is-small" data-show-contact onClick={() => center.callers(number).then(setShown, setProblem)}>
          <Icon name="eye" size={16} />{t("caller_show")}
        </button>
      )}
    </div>
  );
}

function Words({ of }: { of: ReportCaller | CallerContact }) {
  if ("has_name" in of) return <span>{t("caller_sealed")}</span>;
  return (
    <span>
      {of.name ?? ""} {of.telephone !== null && <a href={`tel:${of.telephone.replace(/[^0-9+]/g, "")}`}>{of.telephone}</a>}
      {of.email !== null && <a href={`mailto:${of.email}`}>{of.email}</a>}
      {of.name === null && of.telephone === null && of.email === null && t("not_known")}
    </span>
  );
}
