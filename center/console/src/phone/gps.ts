/** Where the phone is, while the page is open. */

import { signal } from "@preact/signals";

/** A fix of the phone; `timeMs` is the fix's own, by the phone's clock. */
export interface Fix {
  lat: number;
  lon: number;
  accuracyM: number;
  speedMps: number | null;
  headingDeg: number | null;
  timeMs: number;
}

export const fix = signal<Fix | null>(null);
/** `denied`: the person or the browser does not allow it. */
export const gps = signal<"off" | "waiting" | "on" | "denied" | "missing">("off");

let watching: number | null = null;
const listeners = new Set<(fix: Fix) => void>();

/** @returns what ends it. */
export function onFix(take: (fix: Fix) => void): () => void {
  listeners.add(take);
  return () => listeners.delete(take);
}

/** Ask the phone for its place, again and again. */
export function watchPlace(): void {
  if (watching !== null) return;
  if (!("geolocation" in navigator)) {
    gps.value = "missing";
    return;
  }
  gps.value = "waiting";
  watching = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      const found: Fix = {
        lat: coords.latitude, lon: coords.longitude, accuracyM: coords.accuracy,
        speedMps: coords.speed, headingDeg: coords.heading === null || Number.isNaN(coords.heading) ? null : coords.heading, timeMs: timestamp,
      };
      fix.value = found;
      gps.value = "on";
      for (const take of listeners) take(found);
    },
    (error) => {
      if (error.code !== error.PERMISSION_DENIED) return; // no fix right now: the watch goes on
      gps.value = "denied";
      stopWatching();
    },
    { enableHighAccuracy: true, maximumAge: 10_000, timeout: 60_000 },
  );
}

export function stopWatching(): void {
  if (watching !== null) navigator.geolocation.clearWatch(watching);
  watching = null;
}
