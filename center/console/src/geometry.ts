/** Places and distances on the ground. */

import type { Place } from "./state/motion";

export interface LatLon {
  lat: number;
  lon: number;
}

const EARTH_RADIUS_M = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

export function mercator({ lat, lon }: LatLon): Place {
  return {
    x: (lon + 180) / 360,
    y: (1 - Math.log(Math.tan(Math.PI / 4 + radians(lat) / 2)) / Math.PI) / 2,
  };
}

export function degrees({ x, y }: Place): LatLon {
  return { lon: x * 360 - 180, lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI };
}

/** Metres between two places, on a sphere. */
export function distanceM(a: LatLon, b: LatLon): number {
  const u = Math.sin(radians(b.lat - a.lat) / 2);
  const v = Math.sin(radians(b.lon - a.lon) / 2);
  const h = u * u + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * v * v;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Those nearest to a place, nearest first. */
export function nearest<Thing extends LatLon>(
  things: Iterable<Thing>,
  to: LatLon,
  { withinM, most }: { withinM: number; most: number },
): { thing: Thing; distanceM: number }[] {
  return [...things]
    .map((thing) => ({ thing, distanceM: distanceM(thing, to) }))
    .filter((found) => found.distanceM <= withinM)
    .sort((a, b) => a.distanceM - b.distanceM)
    .slice(0, most);
}

/** A circle on the ground as a polygon's ring, degrees. */
export function circle(centre: LatLon, radiusM: number, corners = 48): [number, number][] {
  const lat = (radiusM / EARTH_RADIUS_M) * (180 / Math.PI);
  const lon = lat / Math.cos(radians(centre.lat));
  return Array.from({ length: corners + 1 }, (_, index) => {
    const angle = (index / corners) * 2 * Math.PI;
    return [centre.lon + lon * Math.cos(angle), centre.lat + lat * Math.sin(angle)];
  });
}
