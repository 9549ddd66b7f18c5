/** A case in a list of the phone. */

import type { Case } from "../../api/types";
import { evidenceUrl } from "../../api/client";
import { metres } from "../../format";
import { distanceM } from "../../geometry";
import { caseStreet, caseTitle, Countdown, StageBadge } from "../../parts/case-parts";
import { Thumbnail } from "../../parts/photo";
import { fix } from "../gps";
import { address } from "../routes";
import { isUrged, taskWords } from "../tasks";
import { p } from "../words";

export function CaseCard({ of, isTask = false }: { of: Case; isTask?: boolean }) {
  const here = fix.value;
  return (
    <a class="phone-case" href={address({ page: "case", number: of.number })} data-case={of.number} data-task={of.task?.kind}>
      <Thumbnail class="phone-thumb" src={of.picture === null ? null : evidenceUrl(of.picture, "thumbnail")} alt="" />
      <span class="phone-case-body">
        {isTask && <strong class="phone-task">{taskWords(of)}</strong>}
        <span class="phone-case-title">{caseTitle(of)}</span>
        <small>{[caseStreet(of), here === null ? "" : metres(distanceM(here, of))].filter(Boolean).join(" · ")}</small>
        <span class="row">
          {isUrged(of) && <span class="badge is-mark">{p("task_urged")}</span>}
          {!isTask && <StageBadge of={of} />}
          <Countdown of={of} />
        </span>
      </span>
    </a>
  );
}
