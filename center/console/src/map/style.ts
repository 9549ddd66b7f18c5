/** The base map: the city's own areas and streets. No tile server, no glyph server: labels use the machine's fonts. */

import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Language } from "../state/preferences";
import { DARK, LIGHT } from "./palette";

/** What can be switched on and off. */
export interface Shown {
  grid: boolean;
  components: boolean;
}

/** Names have sources of their own: the ground is seen at once, and need not wait for letters to be drawn. */
export const SOURCES = ["areas", "streets", "street-names", "area-names", "grid", "components", "trail", "accuracy", "chosen", "path", "leg", "reach"] as const;
export type SourceName = (typeof SOURCES)[number];

const FONT = ["Noto Sans", "sans-serif"];
const BOLD = ["Noto Sans Bold", "sans-serif"]; // its weight is read from the name
/** Of a path: what was heard of it, and straight lines over silences. */
const KNOWN: ExpressionSpecification = ["!", ["to-boolean", ["get", "gap"]]];
const GAP: ExpressionSpecification = ["to-boolean", ["get", "gap"]];
/** Pixels of a metre at zoom 0 and the equator, with tiles of 512. */
const PIXELS_A_METRE = 512 / 40_075_017;

const EMPTY = { type: "FeatureCollection", features: [] } as const;

export function style(dark: boolean, language: Language, shown: Shown, lat: number): StyleSpecification {
  return {
    version: 8,
    sources: Object.fromEntries(
      SOURCES.map((name) => [name, { type: "geojson", data: EMPTY, lineMetrics: name === "trail", tolerance: 0.3 }]),
    ) as unknown as StyleSpecification["sources"],
    layers: layers(dark, language, shown, lat),
  };
}

/** The layers from the ground up. */
export function layers(dark: boolean, language: Language, shown: Shown, lat: number): LayerSpecification[] {
  const palette = dark ? DARK : LIGHT;
  const name: ExpressionSpecification =
    language === "en"
      ? ["coalesce", ["get", "name_en"], ["get", "name"], ""]
      : ["coalesce", ["get", "name"], ["get", "name_en"], ""];
  const area = (id: string, color: string, extra: Partial<LayerSpecification> = {}): LayerSpecification =>
    ({
      id,
      type: "fill",
      source: "areas",
      filter: ["==", ["get", "class"], id],
      paint: { "fill-color": color, "fill-antialias": true },
      ...extra,
    }) as LayerSpecification;
  const isMain: ExpressionSpecification = ["in", ["get", "class"], ["literal", ["primary", "secondary"]]];
  const road = (extraPx: number): ExpressionSpecification => roadWidth(lat, extraPx);
  const text = { "text-color": palette.text, "text-halo-color": palette.textHalo, "text-halo-width": 1.6 };
  const round = { "line-cap": "round", "line-join": "round" } as const;
  return [
    { id: "land", type: "background", paint: { "background-color": palette.land } },
    area("block", palette.block),
    area("park", palette.park),
    area("plaza", palette.plaza),
    area("water", palette.water),
    area("building", palette.building, {
      minzoom: 14.5,
      paint: {
        "fill-color": palette.building,
        "fill-outline-color": palette.buildingEdge,
        "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14.5, 0, 15.2, 1],
      },
    } as Partial<LayerSpecification>),
    { id: "road-edge", type: "line", source: "streets", layout: round, paint: { "line-color": palette.roadEdge, "line-width": road(2) } },
    {
      id: "road", type: "line", source: "streets", filter: ["!", isMain], layout: round,
      paint: { "line-color": palette.road, "line-width": road(0) },
    },
    {
      id: "road-main", type: "line", source: "streets", filter: isMain, layout: round,
      paint: { "line-color": palette.roadMain, "line-width": road(0) },
    },
    {
      id: "grid-line", type: "line", source: "grid", layout: { visibility: shown.grid ? "visible" : "none" },
      paint: { "line-color": palette.grid, "line-opacity": 0.55, "line-width": 1, "line-dasharray": [3, 2] },
    },
    {
      id: "component", type: "circle", source: "components", minzoom: 14,
      layout: { visibility: shown.components ? "visible" : "none" },
      paint: {
        "circle-color": palette.component,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 14, 1.2, 16, 2.6, 19, 6],
        "circle-stroke-color": palette.textHalo,
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 15, 0, 17, 1],
      },
    },
    { id: "accuracy", type: "fill", source: "accuracy", paint: { "fill-color": palette.trail, "fill-opacity": 0.14, "fill-outline-color": palette.trail } },
    {
      id: "trail", type: "line", source: "trail", layout: round,
      paint: {
        "line-width": ["interpolate", ["linear"], ["zoom"], 12, 2.5, 17, 5],
        "line-gradient": ["interpolate", ["linear"], ["line-progress"], 0, "rgba(90,176,255,0)", 1, palette.trail],
      },
    },
    { id: "reach", type: "fill", source: "reach", paint: { "fill-color": palette.trail, "fill-opacity": 0.12 } },
    { id: "reach-edge", type: "line", source: "reach", paint: { "line-color": palette.trail, "line-width": 2 } },
    { id: "path-edge", type: "line", source: "path", filter: KNOWN, layout: round, paint: { "line-color": palette.textHalo, "line-width": 6.5, "line-opacity": 0.75 } },
    { id: "path", type: "line", source: "path", filter: KNOWN, layout: round, paint: { "line-color": palette.trail, "line-width": 3.5 } },
    { id: "path-gap", type: "line", source: "path", filter: GAP, paint: { "line-color": palette.trail, "line-width": 2.5, "line-dasharray": [2, 2.5] } },
    { id: "leg-edge", type: "line", source: "leg", filter: KNOWN, layout: round, paint: { "line-color": palette.textHalo, "line-width": 10 } },
    { id: "leg", type: "line", source: "leg", filter: KNOWN, layout: round, paint: { "line-color": palette.leg, "line-width": 6 } },
    { id: "leg-gap", type: "line", source: "leg", filter: GAP, paint: { "line-color": palette.leg, "line-width": 4, "line-dasharray": [1.5, 1.5] } },
    {
      id: "chosen", type: "circle", source: "chosen",
      paint: { "circle-radius": 10, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": palette.trail, "circle-stroke-width": 2.5 },
    },
    {
      id: "street-name", type: "symbol", source: "street-names", filter: ["!", isMain], minzoom: 15,
      layout: {
        "symbol-placement": "line", "text-field": name, "text-font": FONT, "symbol-spacing": 320,
        "text-size": ["interpolate", ["linear"], ["zoom"], 15, 10.5, 18, 13], "text-max-angle": 32,
      },
      paint: text,
    },
    {
      id: "street-name-main", type: "symbol", source: "street-names", filter: isMain, minzoom: 13,
      layout: {
        "symbol-placement": "line", "text-field": name, "text-font": BOLD, "symbol-spacing": 420,
        "text-size": ["interpolate", ["linear"], ["zoom"], 13, 11, 18, 15], "text-letter-spacing": 0.06, "text-max-angle": 32,
      },
      paint: text,
    },
    {
      id: "area-name", type: "symbol", source: "area-names",
      layout: {
        "text-field": name, "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 12, 11, 17, 14],
        "text-max-width": 7, "text-padding": 24,
      },
      paint: {
        ...text,
        "text-color": ["match", ["get", "class"], "water", palette.waterText, palette.parkText],
      },
    },
    {
      id: "gap-name", type: "symbol", source: "path", filter: GAP,
      layout: { "symbol-placement": "line-center", "text-field": ["get", "silence"], "text-font": BOLD, "text-size": 13, "text-offset": [0, -0.9] },
      paint: { ...text, "text-color": palette.trail, "text-halo-width": 2 },
    },
    {
      id: "grid-name", type: "symbol", source: "grid", minzoom: 15.2, layout: {
        visibility: shown.grid ? "visible" : "none", "text-field": ["get", "code"], "text-font": FONT, "text-size": 10.5,
      },
      paint: { ...text, "text-color": palette.gridText },
    },
  ];
}

/** As wide as on the ground, but never so thin that a street is lost. */
function roadWidth(lat: number, extraPx: number): ExpressionSpecification {
  const metres: ExpressionSpecification = ["coalesce", ["get", "width_m"], 8];
  const at = (zoom: number): number => (PIXELS_A_METRE * 2 ** zoom) / Math.cos((lat * Math.PI) / 180);
  return [
    "interpolate", ["exponential", 2], ["zoom"],
    11, ["max", 0.5, ["+", extraPx / 2, ["*", metres, at(11)]]],
    14, ["max", 1.2, ["+", extraPx, ["*", metres, at(14)]]],
    20, ["+", extraPx, ["*", metres, at(20)]],
  ];
}
