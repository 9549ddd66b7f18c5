/** What has happened with a case, newest first. */

import type { CaseDetail, CaseEvent } from "../api/types";
import { evidenceUrl } from "../api/client";
import { fullTime, moment } from "../format";
import { named } from "../i18n";
import { now } from "../state/live";
import { actionWords, actorWords, factsOf, noteWords } from "./event-words";
import { Icon, type IconName } from "./icons";
import { Thumbnail } from "./photo";

const ICONS: Partial<Record<CaseEvent["action"], IconName>> = {
  open: "warning",
  join: "warning",
  update: "eye",
  restore: "check",
  close: "check",
  check: "check",
  dispatch: "user",
  assign: "user",
  clock_warned: "clock",
  clock_ran_out: "warning",
  urge: "bell",
};

export function Timeline({ of }: { of: CaseDetail }) {
  const roles = new Map(of.evidence.map((file) => [file.digest, file.role]));
  /** What the event is about: not how the place was before. */
  const pictureOf = (event: CaseEvent): string | undefined =>
    event.evidence.find((digest) => roles.has(digest) && roles.get(digest) !== "before") ?? event.evidence.find((digest) => roles.has(digest));
  const newest = [...of.events].sort((a, b) => b.sequence - a.sequence);
  return (
    <ol class="timeline">
      {newest.map((event) => {
        const note = noteWords(event);
        return (
          <li key={event.sequence} class={`is-${event.action}`}>
            <span class="timeline-dot"><Icon name={ICONS[event.action] ?? "next"} size={14} /></span>
            <div>
              <p>
                <strong>{actionWords(event)}</strong>
                {event.department !== null && <span> → {named(event.department, event.department_en)}</span>}
              </p>
              {factsOf(event, of).map((fact) => <p key={fact} class="timeline-fact">{fact}</p>)}
              {note !== null && <blockquote>{note}</blockquote>}
              <small>
                <time dateTime={event.observed_at ?? event.at} title={fullTime(event.observed_at ?? event.at)}>
                  {moment(event.observed_at ?? event.at, now.value)}
                </time>
                {" · "}
                <span title={event.actor}>{actorWords(event)}</span>
              </small>
            </div>
            <TimelinePhoto digest={pictureOf(event)} />
          </li>
        );
      })}
    </ol>
  );
}

const TimelinePhoto = ({ digest }: { digest: string | undefined }) =>
  digest === undefined ? null : <Thumbnail class="timeline-photo" src={evidenceUrl(digest, "thumbnail")} alt="" />;
