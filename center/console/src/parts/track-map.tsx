/** The map of a track: its path, its stops and events, and the part that is chosen. */

import type { FeatureCollection, Position } from "geojson";
import { useEffect, useRef } from "preact/hooks";
import { type LatLon, mercator } from "../geometry";
import { t } from "../i18n";
import type { KeyedMark } from "../map/city-map";
import { bounds } from "../map/ground";
import { cellOf } from "../map/sprites";
import { useMap } from "../map/use-map";
import { standing } from "../state/motion";
import { isStill } from "../state/preferences";
import { type Entry, partOf, type Path } from "../state/track";
import { entryName, kindOf } from "./track-list";

const NOTHING_MORE = { grid: false, components: false };
const MARK_SIZE = 34;
const CLOSE_ZOOM = 15.5;
const ROOM_PX = 48;

interface Properties {
  path: Path | null;
  entries: readonly Entry[];
  chosen: string | null;
  pointed: string | null;
  onChoose: (key: string | null) => void;
  onPoint: (key: string | null) => void;
}

export function TrackMap({ path, entries, chosen, pointed, onChoose, onPoint }: Properties) {
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
    map?.fill("path", line(path?.places ?? []));
  }, [map, path]);
  useEffect(() => {
    if (map === null || path === null || path.places.length === 0 || !loaded) return;
    fit(path.places);
  }, [map, path, loaded]);
  useEffect(() => {
    map?.fill("leg", line(path === null ? [] : tripPart(path, shown)));
    map?.show([...(path === null ? [] : ends(path)), ...placed(entries, shown)]);
  }, [map, path, entries, shown, isStill.value]);
  useEffect(() => {
    const entry = entries.find((one) => one.key === chosen);
    if (map === null || path === null || entry === undefined) return;
    const place = placeOf(entry);
    if (kindOf(entry) === "trip") fit(tripPart(path, entry));
    else if (place !== null) map.fly(place, CLOSE_ZOOM);
  }, [map, chosen]);

  function fit(places: Position[]): void {
    const found = bounds(line(places));
    if (map === null || found === null) return;
    const [west, south, east, north] = found;
    const least = 0.001; // degrees: something that never moved is shown with the streets around it
    map.fit([west - least, south - least, east + least, north + least], { top: ROOM_PX, bottom: ROOM_PX, left: ROOM_PX, right: ROOM_PX });
  }

  return (
    <div class="track-map" data-places={path?.places.length ?? 0}>
      <div class="map" ref={container} role="application" aria-label={t("track_map")} />
      <div class="map-tip" ref={tip} hidden />
      {failed && <p class="map-message">{t("map_no_webgl")}</p>}
    </div>
  );
}

const tripPart = (path: Path, entry: Entry | null): Position[] =>
  entry?.what === "leg" && entry.leg.what === "trip" ? partOf(path, entry.leg) : [];

function placeOf(entry: Entry): LatLon | null {
  if (entry.what === "leg") return entry.leg.start;
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

function ends({ places }: Path): KeyedMark[] {
  const at = (place: Position | undefined, symbol: string): KeyedMark[] =>
    place === undefined ? [] : [mark({ lon: place[0] ?? 0, lat: place[1] ?? 0 }, symbol, null)];
  return [...at(places[0], "path-begin"), ...at(places.at(-1), "path-end")];
}

/** Stops and events; what is shown has a ring and lies on top. */
function placed(entries: readonly Entry[], shown: Entry | null): KeyedMark[] {
  const found = entries.filter((entry) => kindOf(entry) !== "trip").sort((a, b) => Number(a === shown) - Number(b === shown));
  return found.flatMap((entry) => {
    const place = placeOf(entry);
    if (place === null) return [];
    const symbol = mark(place, entry.what === "leg" ? "path-stop" : "path-event", entry.key);
    return entry === shown ? [mark(place, "ring", null, 56), symbol] : [symbol];
  });
}

const line = (coordinates: Position[]): FeatureCollection => ({
  type: "FeatureCollection",
  features: coordinates.length < 2 ? coordinates.map((place) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: place } })) : [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } }],
});
