/** Who was there, when and for how long, each with a way to its track at that time. */

import { useState } from "preact/hooks";
import type { Visit } from "../api/types";
import { clockTime, dayName, metres, number, span } from "../format";
import { t, word } from "../i18n";
import { symbolImage } from "../map/sprites";
import { address, isTrackable } from "../routes";
import { dayOf } from "../state/track";
import { keyOf } from "../state/visits";
import { Icon } from "./icons";

const PAGE = 200;

interface Properties {
  visits: readonly Visit[];
  chosen: string | null;
  onChoose: (visit: Visit) => void;
}

export function VisitsList({ visits, chosen, onChoose }: Properties) {
  const [most, setMost] = useState(PAGE);
  const shown = visits.slice(0, most);
  const days = new Set(visits.map((visit) => dayOf(Date.parse(visit.first_at))));
  let day = "";
  return (
    <>
      <ol class="past-list">
        {shown.map((visit) => {
          const key = keyOf(visit);
          const starts = dayOf(Date.parse(visit.first_at)) !== day;
          day = dayOf(Date.parse(visit.first_at));
          return (
            <li key={key} data-visit={`${visit.kind}/${visit.id}`}>
              {starts && days.size > 1 && <h3>{dayName(visit.first_at)}</h3>}
              <div class="visit">
                <button type="button" class="past-entry" aria-pressed={chosen === key} onClick={() => onChoose(visit)}>
                  <img class="symbol" alt="" width={26} height={26} src={symbolImage(visit.kind)} />
                  <VisitWords of={visit} />
                </button>
                <TrackThen of={visit} />
              </div>
            </li>
          );
        })}
      </ol>
      {visits.length > most && (
        <button type="button" class="button is-wide" onClick={() => setMost(most + PAGE)}>
          {t("cases_more")} · {number(visits.length - most)}
        </button>
      )}
    </>
  );
}

function VisitWords({ of }: { of: Visit }) {
  const stayedS = (Date.parse(of.last_at) - Date.parse(of.first_at)) / 1000;
  return (
    <span class="past-words">
      <strong>{nameOf(of)}</strong>{" "}
      <small>
        <time dateTime={of.first_at}>{of.fixes === 1 ? clockTime(of.first_at) : t("track_times", { begin: clockTime(of.first_at), until: clockTime(of.last_at) })}</time>
        {" · "}
        {t("visits_nearest", { distance: metres(of.nearest_m) })}
      </small>
      <b>{of.fixes === 1 ? t("visits_fix") : span(stayedS)}</b>
    </span>
  );
}

/** To where it was before and after, nothing for what doesn't move. */
function TrackThen({ of }: { of: Visit }) {
  if (!isTrackable(of.kind)) return null;
  const atMs = Date.parse(of.first_at);
  const label = t("visits_track", { name: nameOf(of), time: clockTime(atMs) });
  return (
    <a class="icon-button" href={address({ page: "tracks", kind: of.kind, id: of.id, day: dayOf(atMs), atMs })} aria-label={label} title={label}>
      <Icon name="track" />
    </a>
  );
}

const nameOf = ({ kind, id }: Visit): string => `${word("kind", kind)} ${id}`;
