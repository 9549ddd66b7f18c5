/** The city's layers, fetched when first wanted and kept for all maps of the page. */

import { signal } from "@preact/signals";
import type { FeatureCollection, Position } from "geojson";
import { center, Refused } from "../api/client";
import type { LayerName } from "../api/types";

export type GroundName = Extract<LayerName, "areas" | "streets" | "grid" | "components">;

export const ground = signal<Partial<Record<GroundName, FeatureCollection>>>({});
const asked = new Set<GroundName>();
let load = (name: GroundName): Promise<FeatureCollection> => center.layer(name);

/** The layers come from elsewhere: the public page has no session. */
export function loadGroundBy(other: (name: GroundName) => Promise<FeatureCollection>): void {
  load = other;
}

export function want(name: GroundName): void {
  if (asked.has(name)) return;
  asked.add(name);
  load(name).then(
    (layer) => {
      ground.value = { ...ground.value, [name]: layer };
    },
    (error: unknown) => {
      asked.delete(name);
      if (!(error instanceof Refused && error.status === 401)) setTimeout(() => want(name), 4000);
    },
  );
}

/** West, south, east, north of a layer; null if there is nothing in it. */
export function bounds(layer: FeatureCollection): [number, number, number, number] | null {
  const found: [number, number, number, number] = [180, 90, -180, -90];
  const take = (position: Position): void => {
    const [lon = 0, lat = 0] = position;
    found[0] = Math.min(found[0], lon);
    found[1] = Math.min(found[1], lat);
    found[2] = Math.max(found[2], lon);
    found[3] = Math.max(found[3], lat);
  };
  for (const { geometry } of layer.features) {
    if (geometry.type === "Point") take(geometry.coordinates);
    else if (geometry.type === "LineString") geometry.coordinates.forEach(take);
    else if (geometry.type === "Polygon") geometry.coordinates.forEach((ring) => ring.forEach(take));
  }
  return found[0] > found[2] ? null : found;
}
