/** Trips, stops and events of a track, in the order of time. */

import { useEffect, useRef } from "preact/hooks";
import type { HistoryGap, HistoryLeg, RuleEvent } from "../api/types";
import { clockTime, dayName, hourMinute, kilometresAnHour, metres, span } from "../format";
import { t } from "../i18n";
import { dayOf, type Entry } from "../state/track";
import { Icon, type IconName } from "./icons";
import { ruleAndArea, ruleEventName, ruleEventValue } from "./rule-event";

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
    <ol class="past-list" ref={list} onMouseLeave={() => onPoint(null)}>
      {entries.map((entry) => {
        const starts = dayOf(entry.beginMs) !== day;
        day = dayOf(entry.beginMs);
        const kind = kindOf(entry);
        return (
          <li key={entry.key}>
            {starts && days.size > 1 && <h3>{dayName(entry.beginMs)}</h3>}
            <button
              type="button"
              class={`past-entry is-${kind} ${pointed === entry.key ? "is-pointed" : ""}`}
              aria-pressed={chosen === entry.key}
              data-entry={kind}
              onClick={() => onChoose(entry.key)}
              onMouseEnter={() => onPoint(entry.key)}
              onFocus={() => onPoint(entry.key)}
              onBlur={() => onPoint(null)}
            >
              <span class="past-dot"><Icon name={ICONS[kind]} size={15} /></span>
              <Words of={entry} />
            </button>
          </li>
        );
      })}
    </ol>
  );
}

export type EntryKind = "trip" | "stop" | "gap" | "event";

const ICONS: Record<EntryKind, IconName> = { trip: "track", stop: "stop", gap: "gap", event: "warning" };

export const kindOf = (entry: Entry): EntryKind => (entry.what === "leg" ? entry.leg.what : entry.what);

/** What an entry is called in a line. */
export function entryName(entry: Entry): string {
  if (entry.what === "event") return `${ruleEventName(entry.event)} · ${clockTime(entry.event.time)}`;
  const of = entry.what === "leg" ? entry.leg : entry.gap;
  return `${t(entry.what === "gap" ? "track_gap" : `track_${entry.leg.what}`)} · ${times(of)} · ${span(seconds(of))}`;
}

function Words({ of }: { of: Entry }) {
  switch (of.what) {
    case "leg":
      return <LegWords of={of.leg} />;
    case "gap":
      return <GapWords of={of.gap} />;
    case "event":
      return <EventWords of={of.event} />;
  }
}

function GapWords({ of }: { of: HistoryGap }) {
  return (
    <span class="past-words">
      <span><strong>{t("track_gap")}</strong> <time dateTime={of.begin}>{times(of)}</time></span>
      <small>{t("track_gap_way", { distance: metres(of.distance_m) })}</small>
      <b>{span(seconds(of))}</b>
    </span>
  );
}

function LegWords({ of }: { of: HistoryLeg }) {
  const more = [
    ...(of.what === "trip" ? [metres(of.distance_m)] : []),
    ...(of.mean_mps === null ? [] : [t("track_mean", { speed: kilometresAnHour(of.mean_mps) })]),
    ...(of.top_mps === null ? [] : [t("track_top", { speed: kilometresAnHour(of.top_mps) })]),
    ...(of.idling_s < 60 ? [] : [t("track_idling", { time: span(of.idling_s) })]),
  ];
  return (
    <span class="past-words">
      <span><strong>{t(`track_${of.what}`)}</strong> <time dateTime={of.begin}>{times(of)}</time></span>
      <small>{more.join(" · ")}</small>
      <b>{span(seconds(of))}</b>
    </span>
  );
}

function EventWords({ of }: { of: RuleEvent }) {
  return (
    <span class="past-words">
      <span><strong>{ruleEventName(of)}</strong> <time dateTime={of.time}>{clockTime(of.time)}</time></span>
      <small>{[ruleAndArea(of), ruleEventValue(of), of.case_number].filter(Boolean).join(" · ")}</small>
    </span>
  );
}

const times = (of: HistoryLeg | HistoryGap): string => t("track_times", { begin: hourMinute(of.begin), until: hourMinute(of.until) });
const seconds = (of: HistoryLeg | HistoryGap): number => (Date.parse(of.until) - Date.parse(of.begin)) / 1000;
