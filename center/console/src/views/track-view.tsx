/** Where one vehicle, person or device has been: its path, trips and stops, speed, and what rules found. */

import { useEffect, useState } from "preact/hooks";
import { center, type FileFormat, fileUrl, type PastQuery, Refused } from "../api/client";
import type { HistoryGap, HistoryLeg, SpeedBucket } from "../api/types";
import { clockTime, metres, number, span } from "../format";
import { t, typeName, word } from "../i18n";
import { symbolImage } from "../map/sprites";
import { Fact } from "../parts/fact";
import { Icon } from "../parts/icons";
import { sentence } from "../parts/problem";
import { TimeField } from "../parts/time-field";
import { TrackList } from "../parts/track-list";
import { TrackMap } from "../parts/track-map";
import { TrackSpeed } from "../parts/track-speed";
import { address, go, route, type TrackRoute } from "../routes";
import { now } from "../state/live";
import { dayAfter, dayOf, type Entry, entriesOf, entryAt, type Path, pathOf, periodOf, placeAt } from "../state/track";

/** Metres that a drawn path may be beside the fixes: less than the width of a street. */
const TOLERANCE_M = 4;
const BUCKETS = 600;
const MAX_EVENTS = 200;
const FILES: readonly FileFormat[] = ["gpx", "csv", "geojson"];

const NO_GAPS: readonly HistoryGap[] = [];

interface Past {
  path: Path;
  legs: HistoryLeg[];
  gaps: HistoryGap[];
  distanceM: number;
  movingS: number;
  standingS: number;
  speed: SpeedBucket[];
  entries: Entry[];
  moreEvents: boolean;
}

async function recall(of: PastQuery): Promise<Past> {
  const [layer, journeys, speed, events] = await Promise.all([
    center.path(of, TOLERANCE_M),
    center.journeys(of),
    center.speed(of, BUCKETS),
    center.ruleEvents(of, MAX_EVENTS),
  ]);
  return {
    path: pathOf(layer),
    legs: journeys.legs,
    gaps: journeys.gaps,
    distanceM: journeys.distance_m,
    movingS: journeys.moving_s,
    standingS: journeys.standing_s,
    speed: speed.buckets,
    entries: entriesOf(journeys.legs, journeys.gaps, events.events),
    moreEvents: events.next_cursor !== null,
  };
}

export function TrackView() {
  const current = route.value;
  return current.page === "tracks" ? <Track key={`${current.kind}/${current.id}`} of={current} /> : null;
}

function Track({ of }: { of: TrackRoute }) {
  const [asked, setAsked] = useState<{ day: string | null; query: PastQuery } | null>(null);
  const [past, setPast] = useState<Past | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  const [pointed, setPointed] = useState<string | null>(null);
  const name = `${word("kind", of.kind)} ${of.id}`;
  const [called, setCalled] = useState("");
  useEffect(() => {
    center.entity(of.kind, of.id).then(
      (found) => setCalled([found.name ?? "", typeName(found.entity_type)].filter(Boolean).join(" · ")),
      () => undefined, // the track says what is wrong
    );
  }, []);

  useEffect(() => {
    let wanted = true;
    const query = { kind: of.kind, id: of.id, ...periodOf(of.day, Date.now()) };
    setAsked({ day: of.day, query });
    setPast(null);
    setProblem(null);
    setChosen(null);
    setPointed(null);
    recall(query).then(
      (found) => {
        if (wanted) setPast(found);
      },
      (error: unknown) => {
        if (wanted) setProblem(error);
      },
    );
    return () => {
      wanted = false;
    };
  }, [of.day, round]);

  useEffect(() => {
    if (past !== null && of.atMs !== null) setChosen(entryAt(past.entries, of.atMs)?.key ?? null);
  }, [past, of.atMs]);

  const placeThen = past === null || of.atMs === null ? null : placeAt(past.path, of.atMs);
  const choose = (key: string | null): void => setChosen(key === chosen ? null : key);
  const nothing = past !== null && past.path.places.length === 0 && past.entries.length === 0;
  return (
    <main id="content" class="past-view" onKeyDown={(event) => {
      if (event.key === "Escape") setChosen(null);
    }}>
      <section class="past-side" aria-label={t("track_of", { name })}>
        <header class="past-head">
          <img class="symbol" alt="" width={36} height={36} src={symbolImage(of.kind)} />
          <div>
            <small>{[t("track"), called].filter(Boolean).join(" · ")}</small>
            <h1>{name}</h1>
          </div>
          <a class="button is-quiet" href={address({ page: "map", selection: { kind: of.kind, id: of.id } })}>
            <Icon name="pin" size={18} />
            {t("show_on_map")}
          </a>
        </header>
        <PeriodChoice day={of.day} onDay={(day) => {
          if (day === of.day) setRound(round + 1);
          else go({ ...of, day, atMs: null }, { replace: true });
        }} />
        {problem !== null && (
          <div class="notice is-bad" role="alert">
            <p>{problem instanceof Refused && problem.status === 404 ? t("track_unknown", { name }) : sentence(problem)}</p>
            {!(problem instanceof Refused && problem.status === 404) && (
              <button type="button" class="link-button" onClick={() => setRound(round + 1)}>{t("retry")}</button>
            )}
          </div>
        )}
        {of.atMs !== null && placeThen !== null && <p class="notice" data-field="at">{t("track_at", { time: clockTime(of.atMs) })}</p>}
        {past === null && problem === null && <div class="skeleton" aria-busy="true" />}
        {nothing && <p class="empty" role="status">{t("track_empty")}</p>}
        {past !== null && !nothing && (
          <>
            <Summary of={past} />
            <TrackSpeed buckets={past.speed} legs={past.legs} shown={past.entries.find((one) => one.key === (pointed ?? chosen)) ?? null} />
            <section>
              <h2>{t("track_list")}</h2>
              {past.moreEvents && <p class="empty">{t("track_events_more", { n: number(MAX_EVENTS) })}</p>}
              <TrackList entries={past.entries} chosen={chosen} pointed={pointed} onChoose={choose} onPoint={setPointed} />
            </section>
          </>
        )}
        {past !== null && !nothing && asked !== null && (
          <section class="track-files">
            <h2>{t("track_files")}</h2>
            <div class="row">
              {FILES.map((format) => (
                <a key={format} class="button" download href={fileUrl(asked.query, format)}>
                  <Icon name="file" size={18} />
                  {format === "geojson" ? "GeoJSON" : format.toUpperCase()}
                </a>
              ))}
            </div>
          </section>
        )}
      </section>
      <TrackMap path={past?.path ?? null} gaps={past?.gaps ?? NO_GAPS} entries={past?.entries ?? []} asked={placeThen} chosen={chosen} pointed={pointed} onChoose={choose} onPoint={setPointed} />
    </main>
  );
}

function PeriodChoice({ day, onDay }: { day: string | null; onDay: (day: string | null) => void }) {
  const today = dayOf(now.value);
  return (
    <fieldset class="track-period">
      <legend class="hidden">{t("track_period")}</legend>
      <button type="button" class="icon-button" aria-label={t("track_day_before")} title={t("track_day_before")} onClick={() => onDay(dayAfter(day ?? today, -1))}>
        <Icon name="back" />
      </button>
      <TimeField type="date" label={t("track_day")} value={day ?? ""} max={today} onChange={(value) => onDay(value || null)} />
      <button type="button" class="icon-button" aria-label={t("track_day_after")} title={t("track_day_after")} disabled={day === null || day >= today} onClick={() => onDay(dayAfter(day ?? today, 1))}>
        <Icon name="next" />
      </button>
      <button type="button" class="button" aria-pressed={day === null} onClick={() => onDay(null)}>{t("track_last")}</button>
    </fieldset>
  );
}

function Summary({ of }: { of: Past }) {
  const trips = of.legs.filter((leg) => leg.what === "trip").length;
  return (
    <dl class="facts track-summary">
      <Fact name={t("track_distance")}>{metres(of.distanceM)}</Fact>
      <Fact name={t("track_moving")}>{span(of.movingS)}</Fact>
      <Fact name={t("track_standing")}>{span(of.standingS)}</Fact>
      <Fact name={t("track_trips")}>{number(trips)}</Fact>
      <Fact name={t("track_stops")}>{number(of.legs.length - trips)}</Fact>
    </dl>
  );
}
