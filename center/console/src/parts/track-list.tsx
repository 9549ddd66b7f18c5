/** Trips, stops and events of a track, in the order of time. */

import { useEffect, useRef } from "preact/hooks";
import type { HistoryLeg, RuleEvent } from "../api/types";
import { clockTime, dayName, hourMinute, kilometresAnHour, metres, span } from "../format";
import { t, word } from "../i18n";
import { dayOf, type Entry } from "../state/track";
import { Icon } from "./icons";

interface Properties {
  entries: readonly Entry[];
  chosen: string | null;
  pointed: string | null;
  onChoose: (key: string) => void;
  onPoint: (key: string | null) => void;
}

export function TrackList({ entries, chosen, pointed, onChoose, onPoint }: Properties) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    // What is chosen on the map is brought into sight here.
    list.current?.querySelector("[aria-pressed='true']")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const days = new Set(entries.map((entry) => dayOf(entry.beginMs)));
  let day = "";
  return (
    <ol class="track-list" ref={list} onMouseLeave={() => onPoint(null)}>
      {entries.map((entry) => {
        const starts = dayOf(entry.beginMs) !== day;
        day = dayOf(entry.beginMs);
        const kind = kindOf(entry);
        return (
          <li key={entry.key}>
            {starts && days.size > 1 && <h3>{dayName(entry.beginMs)}</h3>}
            <button
              type="button"
              class={`track-entry is-${kind} ${pointed === entry.key ? "is-pointed" : ""}`}
              aria-pressed={chosen === entry.key}
              data-entry={kind}
              onClick={() => onChoose(entry.key)}
              onMouseEnter={() => onPoint(entry.key)}
              onFocus={() => onPoint(entry.key)}
              onBlur={() => onPoint(null)}
            >
              <span class="track-dot"><Icon name={kind === "trip" ? "track" : kind === "stop" ? "stop" : "warning"} size={15} /></span>
              {entry.what === "leg" ? <LegWords of={entry.leg} /> : <EventWords of={entry.event} />}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

export const kindOf = (entry: Entry): "trip" | "stop" | "event" => (entry.what === "event" ? "event" : entry.leg.what);

/** What an entry is called in a line. */
export function entryName(entry: Entry): string {
  if (entry.what === "event") return `${eventName(entry.event)} · ${clockTime(entry.event.time)}`;
  return `${t(`track_${entry.leg.what}`)} · ${times(entry.leg)} · ${span(seconds(entry.leg))}`;
}

function LegWords({ of }: { of: HistoryLeg }) {
  const more = [
    ...(of.what === "trip" ? [metres(of.distance_m)] : []),
    ...(of.mean_mps === null ? [] : [t("track_mean", { speed: kilometresAnHour(of.mean_mps) })]),
    ...(of.top_mps === null ? [] : [t("track_top", { speed: kilometresAnHour(of.top_mps) })]),
    ...(of.idling_s < 60 ? [] : [t("track_idling", { time: span(of.idling_s) })]),
  ];
  return (
    <span class="track-words">
      <span><strong>{t(`track_${of.what}`)}</strong> <time dateTime={of.begin}>{times(of)}</time></span>
      <small>{more.join(" · ")}</small>
      <b>{span(seconds(of))}</b>
    </span>
  );
}

function EventWords({ of }: { of: RuleEvent }) {
  return (
    <span class="track-words">
      <span><strong>{eventName(of)}</strong> <time dateTime={of.time}>{clockTime(of.time)}</time></span>
      <small>{[of.rule, ...(of.area === "" ? [] : [of.area])].join(" · ")}</small>
    </span>
  );
}

const eventName = (of: RuleEvent): string => t(`track_event_${of.phase}`, { rule: word("watches", of.watches) });
const times = (of: HistoryLeg): string => t("track_times", { begin: hourMinute(of.begin), until: hourMinute(of.until) });
const seconds = (of: HistoryLeg): number => (Date.parse(of.until) - Date.parse(of.begin)) / 1000;
