/** The map of a track: its path, its stops and events, and the part that is chosen. */

import type { FeatureCollection, Position } from "geojson";
import { useEffect, useRef } from "preact/hooks";
import type { HistoryGap } from "../api/types";
import { span } from "../format";
import { type LatLon, mercator } from "../geometry";
import { t } from "../i18n";
import type { KeyedMark } from "../map/city-map";
import { bounds } from "../map/ground";
import { cellOf } from "../map/sprites";
import { useMap } from "../map/use-map";
import { standing } from "../state/motion";
import { isStill, language } from "../state/preferences";
import { type Entry, partOf, type Path, type Piece, piecesOf } from "../state/track";
import { entryName, kindOf } from "./track-list";

const NOTHING_MORE = { grid: false, components: false };
const MARK_SIZE = 34;
const CLOSE_ZOOM = 15.5;
const ROOM_PX = 48;

interface Properties {
  path: Path | null;
  gaps: readonly HistoryGap[];
  entries: readonly Entry[];
  /** Where it was at the moment that is asked about. */
  asked: Position | null;
  chosen: string | null;
  pointed: string | null;
  onChoose: (key: string | null) => void;
  onPoint: (key: string | null) => void;
}

export function TrackMap({ path, gaps, entries, asked, chosen, pointed, onChoose, onPoint }: Properties) {
  const tip = useRef<HTMLDivElement>(null);
  const { container, map, failed, loaded } = useMap({
    interactive: true,
    centre: null,
    zoom: 14,
    shown: NOTHING_MORE,
    onPick: (key) => {
      if (key !== null) onChoose(key);
    },
    onHover: (key, x, y) => {
      onPoint(key);
      const element = tip.current;
      const entry = entries.find((one) => one.key === key);
      if (element === null) return;
      element.hidden = entry === undefined;
      if (entry === undefined) return;
      element.textContent = entryName(entry);
      element.style.transform = `translate(${x + 14}px, ${y + 14}px)`;
    },
  });
  const shown = entries.find((one) => one.key === (pointed ?? chosen)) ?? null;

  useEffect(() => {
    map?.fill("path", drawn(path === null ? [] : piecesOf(path, gaps)));
  }, [map, path, language.value]);
  useEffect(() => {
    if (map === null || path === null || path.places.length === 0 || !loaded) return;
    fit(path.places);
    lookAtChosen();
  }, [map, path, loaded]);
  useEffect(() => {
    map?.fill("leg", drawn(path === null ? [] : partShown(path, gaps, shown)));
    map?.show([...(path === null ? [] : ends(path)), ...placed(entries, shown), ...ringed(asked)]);
  }, [map, path, entries, shown, asked?.[0], asked?.[1], isStill.value]);
  useEffect(lookAtChosen, [map, chosen]);

  function lookAtChosen(): void {
    const entry = entries.find((one) => one.key === chosen);
    if (map === null || path === null || entry === undefined) return;
    const place = placeOf(entry);
    const part = partShown(path, gaps, entry);
    if (part.length > 0) fit(part.flatMap(({ places }) => places));
    else if (place !== null) map.fly(place, CLOSE_ZOOM);
  }

  function fit(places: Position[]): void {
    const found = bounds(drawn([{ places, silentS: null }]));
    if (map === null || found === null) return;
    const [west, south, east, north] = found;
    const least = 0.001; // degrees: something that never moved is shown with the streets around it
    map.fit([west - least, south - least, east + least, north + least], { top: ROOM_PX, bottom: ROOM_PX, left: ROOM_PX, right: ROOM_PX });
  }

  return (
    <div class="past-map" data-places={path?.places.length ?? 0}>
      <div class="map" ref={container} role="application" aria-label={t("track_map")} />
      <div class="map-tip" ref={tip} hidden />
      {failed && <p class="map-message">{t("map_no_webgl")}</p>}
    </div>
  );
}

/** The way of a trip or over a gap; a stop and an event have none. */
function partShown(path: Path, gaps: readonly HistoryGap[], entry: Entry | null): Piece[] {
  if (entry?.what === "gap") return partOf(path, gaps, entry.gap);
  return entry?.what === "leg" && entry.leg.what === "trip" ? partOf(path, gaps, entry.leg) : [];
}

function placeOf(entry: Entry): LatLon | null {
  if (entry.what === "leg") return entry.leg.start;
  if (entry.what === "gap") return entry.gap.start;
  const { lat, lon } = entry.event;
  return lat === null || lon === null ? null : { lat, lon };
}

const mark = (place: LatLon, symbol: string, key: string | null, size = MARK_SIZE): KeyedMark => ({
  key,
  motion: standing(mercator(place), 0),
  cell: cellOf(symbol),
  turns: false,
  size,
  opacity: 1,
  stands: false,
});

const ringed = (place: Position | null): KeyedMark[] =>
  place === null ? [] : ["ring", "path-here"].map((symbol, index) => mark(at(place), symbol, null, index === 0 ? 56 : MARK_SIZE));

const at = (place: Position): LatLon => ({ lon: place[0] ?? 0, lat: place[1] ?? 0 });

function ends({ places }: Path): KeyedMark[] {
  const end = (place: Position | undefined, symbol: string): KeyedMark[] => (place === undefined ? [] : [mark(at(place), symbol, null)]);
  return [...end(places[0], "path-begin"), ...end(places.at(-1), "path-end")];
}

/** Stops and events; what is shown has a ring and lies on top. */
function placed(entries: readonly Entry[], shown: Entry | null): KeyedMark[] {
  const found = entries.filter((entry) => kindOf(entry) === "stop" || entry.what === "event").sort((a, b) => Number(a === shown) - Number(b === shown));
  return found.flatMap((entry) => {
    const place = placeOf(entry);
    if (place === null) return [];
    const symbol = mark(place, entry.what === "leg" ? "path-stop" : "path-event", entry.key);
    return entry === shown ? [mark(place, "ring", null, 56), symbol] : [symbol];
  });
}

/** Lines, or a point where nothing moved; a gap says how long it was. */
const drawn = (pieces: readonly Piece[]): FeatureCollection => ({
  type: "FeatureCollection",
  features: pieces.map(({ places, silentS }) => ({
    type: "Feature",
    properties: silentS === null ? { gap: false } : { gap: true, silence: span(silentS) },
    geometry: places.length === 1 ? { type: "Point", coordinates: places[0] as Position } : { type: "LineString", coordinates: places },
  })),
});
