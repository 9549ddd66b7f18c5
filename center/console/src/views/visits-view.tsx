/** "Who was here": a circle on the map and a span of time, and everybody who was in it then. */

import type { Position } from "geojson";
import { useEffect, useRef, useState } from "preact/hooks";
import { center } from "../api/client";
import type { EntityKind, Visit } from "../api/types";
import { coordinates, metres, number } from "../format";
import type { LatLon } from "../geometry";
import { t, word } from "../i18n";
import { symbolImage } from "../map/sprites";
import { Icon } from "../parts/icons";
import { sentence } from "../parts/problem";
import { TimeField } from "../parts/time-field";
import { VisitsList } from "../parts/visits-list";
import { VisitsMap } from "../parts/visits-map";
import { go, route, type VisitsRoute } from "../routes";
import { pathOf } from "../state/track";
import { flaw, keyOf, LONGEST_DAYS, ofKinds, periodOf, typed, type Window } from "../state/visits";

const RADII_M = [30, 100, 300, 1000];
const LAST_H = [1, 24];
/** Around a visit, so that it is seen where somebody came from and went. */
const AROUND_MS = 120_000;
const TOLERANCE_M = 2;

export function VisitsView() {
  const current = route.value;
  return current.page === "visits" ? <Visits of={current} /> : null;
}

function Visits({ of }: { of: VisitsRoute }) {
  const [round, setRound] = useState(0);
  const asked = useAnswer(of, round);
  const [without, setWithout] = useState<ReadonlySet<EntityKind>>(new Set());
  const [chosen, setChosen] = useState<Visit | null>(null);
  const way = useWay(chosen);
  const middle = useRef<(() => LatLon) | null>(null);
  const change = (part: Partial<VisitsRoute>): void => go({ ...of, ...part }, { replace: of.place !== null });
  const wrong = flaw(of.window);

  useEffect(() => setChosen(null), [asked.visits]);
  const { shown, counts } = ofKinds(asked.visits ?? [], without);
  return (
    <main id="content" class="past-view" onKeyDown={(event) => {
      if (event.key === "Escape") setChosen(null);
    }}>
      <section class="past-side" aria-label={t("visits")}>
        <header class="past-head">
          <div>
            <h1>{t("visits")}</h1>
            <p class="empty" data-field="place">{of.place === null ? t("visits_choose") : t("visits_place", { place: coordinates(of.place.lat, of.place.lon) })}</p>
          </div>
          <button type="button" class="button is-quiet" title={t("visits_middle_long")} onClick={() => {
            if (middle.current !== null) change({ place: middle.current() });
          }}>
            <Icon name="follow" size={18} />
            {t("visits_middle")}
          </button>
        </header>
        <RadiusChoice radiusM={of.radiusM} onRadius={(radiusM) => change({ radiusM })} />
        <WindowChoice window={of.window} onWindow={(window) => {
          if (JSON.stringify(window) === JSON.stringify(of.window)) setRound(round + 1);
          else change({ window });
        }} />
        {wrong !== null && <p class="notice is-bad" role="alert">{t(`visits_${wrong}`, { n: LONGEST_DAYS })}</p>}
        {asked.problem !== null && (
          <div class="notice is-bad" role="alert">
            <p>{sentence(asked.problem)}</p>
            <button type="button" class="link-button" onClick={() => setRound(round + 1)}>{t("retry")}</button>
          </div>
        )}
        {asked.busy && <div class="skeleton" aria-busy="true" />}
        {asked.visits?.length === 0 && <p class="empty" role="status">{t("visits_empty", { distance: metres(of.radiusM) })}</p>}
        {asked.visits !== null && asked.visits.length > 0 && (
          <section>
            <h2>{t("visits_found", { n: number(asked.visits.length), who: number(countWho(asked.visits)) })}</h2>
            {counts.size > 1 && <KindChoice counts={counts} without={without} onWithout={setWithout} />}
            <VisitsList visits={shown} chosen={chosen === null ? null : keyOf(chosen)} onChoose={(visit) => setChosen(chosen !== null && keyOf(chosen) === keyOf(visit) ? null : visit)} />
          </section>
        )}
      </section>
      <VisitsMap place={of.place} radiusM={of.radiusM} way={way} onPlace={(place) => change({ place })} onReady={(tells) => {
        middle.current = tells;
      }} />
    </main>
  );
}

const countWho = (visits: readonly Visit[]): number => new Set(visits.map(({ kind, id }) => `${kind}/${id}`)).size;

interface Answer {
  visits: Visit[] | null;
  problem: unknown;
  busy: boolean;
}

const NOTHING_ASKED: Answer = { visits: null, problem: null, busy: false };

/** Ask the center whenever the question changes; an answer to an older question is left out. */
function useAnswer({ place, radiusM, window }: VisitsRoute, round: number): Answer {
  const [answer, setAnswer] = useState(NOTHING_ASKED);
  useEffect(() => {
    if (place === null || flaw(window) !== null) {
      setAnswer(NOTHING_ASKED);
      return undefined;
    }
    let wanted = true;
    const take = (found: Partial<Answer>): void => {
      if (wanted) setAnswer({ ...NOTHING_ASKED, ...found });
    };
    take({ busy: true });
    center.visits({ ...place, radiusM, ...periodOf(window, Date.now()) }).then(
      ({ visits }) => take({ visits }),
      (problem: unknown) => take({ problem }),
    );
    return () => {
      wanted = false;
    };
  }, [place?.lat, place?.lon, radiusM, JSON.stringify(window), round]);
  return answer;
}

const NO_WAY: readonly Position[] = [];

/** Where somebody was during a visit; if that can't be had the list still says when. */
function useWay(visit: Visit | null): readonly Position[] {
  const [way, setWay] = useState(NO_WAY);
  useEffect(() => {
    setWay(NO_WAY);
    if (visit === null) return undefined;
    let wanted = true;
    const [first, last] = [Date.parse(visit.first_at), Date.parse(visit.last_at)];
    center.path({ kind: visit.kind, id: visit.id, begin: new Date(first - AROUND_MS), end: new Date(last + AROUND_MS) }, TOLERANCE_M).then(
      (found) => {
        if (wanted) setWay(pathOf(found).places);
      },
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [visit]);
  return way;
}

function RadiusChoice({ radiusM, onRadius }: { radiusM: number; onRadius: (radiusM: number) => void }) {
  return (
    <fieldset class="segments is-words">
      <legend class="hidden">{t("visits_radius")}</legend>
      {RADII_M.map((one) => (
        <label key={one}>
          <input type="radio" class="hidden" name="radius" checked={radiusM === one} onChange={() => onRadius(one)} />
          {one < 1000 ? `${one} m` : `${one / 1000} km`}
        </label>
      ))}
    </fieldset>
  );
}

function WindowChoice({ window, onWindow }: { window: Window; onWindow: (window: Window) => void }) {
  const { begin, end } = periodOf(window, Date.now());
  const [beginMs, endMs] = [begin.getTime(), end.getTime()];
  const field = (label: string, ms: number, changed: (ms: number) => Window) => (
    <label class="field">
      {label}
      <TimeField type="datetime-local" label={label} value={typed(ms)} onChange={(value) => {
        if (value !== "") onWindow(changed(Date.parse(value)));
      }} />
    </label>
  );
  return (
    <fieldset class="visits-window">
      <legend class="hidden">{t("track_period")}</legend>
      {field(t("visits_begin"), beginMs, (ms) => ({ beginMs: ms, endMs }))}
      {field(t("visits_end"), endMs, (ms) => ({ beginMs, endMs: ms }))}
      {LAST_H.map((lastH) => (
        <button key={lastH} type="button" class="button" aria-pressed={"lastH" in window && window.lastH === lastH} onClick={() => onWindow({ lastH })}>
          {lastH === 1 ? t("visits_last_hour") : t("track_last")}
        </button>
      ))}
    </fieldset>
  );
}

function KindChoice({ counts, without, onWithout }: { counts: ReadonlyMap<EntityKind, number>; without: ReadonlySet<EntityKind>; onWithout: (without: ReadonlySet<EntityKind>) => void }) {
  const toggle = (kind: EntityKind): void => {
    const next = new Set(without);
    if (!next.delete(kind)) next.add(kind);
    onWithout(next);
  };
  return (
    <fieldset class="chips">
      <legend class="hidden">{t("map_kinds")}</legend>
      {[...counts].map(([kind, count]) => (
        <label key={kind} class="chip">
          <input type="checkbox" class="hidden" checked={!without.has(kind)} onChange={() => toggle(kind)} />
          <img class="symbol" alt="" width={18} height={18} src={symbolImage(kind)} />
          {word("kinds", kind)} <b>{number(count)}</b>
        </label>
      ))}
    </fieldset>
  );
}
