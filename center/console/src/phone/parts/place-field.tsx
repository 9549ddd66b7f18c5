/** The place of a report: from GPS until somebody moves it on the map. */

import { useEffect, useState } from "preact/hooks";
import { ago, coordinates, metres } from "../../format";
import type { LatLon } from "../../geometry";
import { Icon } from "../../parts/icons";
import { later } from "../../parts/later";
import { now } from "../../state/live";
import type { Place } from "../draft";
import { fix, gps, watchPlace } from "../gps";
import { p } from "../words";

const PlacePicker = later(() => import("./place-picker"), "PlacePicker", (content) => <div class="phone-picker">{content}</div>);

/** An older fix is said to be old. */
const OLD_MS = 60_000;

interface Properties {
  place: Place | null;
  onChange: (place: Place) => void;
}

export function PlaceField({ place, onChange }: Properties) {
  const [picking, setPicking] = useState(false);
  const here = fix.value;
  useEffect(watchPlace, []);
  useEffect(() => {
    // The first fix, and better ones while the person still stands there; a chosen place stays.
    if (here === null || (place !== null && (place.accuracyM === null || place.accuracyM <= here.accuracyM))) return;
    onChange(placeOf(here));
  }, [here]);
  return (
    <section class="phone-place" aria-labelledby="place">
      <h2 id="place">{p("report_place")}</h2>
      {place === null ? (
        <p role="status">{p(gps.value === "denied" || gps.value === "missing" ? "report_place_denied" : "report_place_none")}</p>
      ) : (
        <p data-place={place.accuracyM === null ? "moved" : "gps"}>
          {place.accuracyM === null ? p("report_place_moved") : p("report_place_by_gps", { m: metres(place.accuracyM) })}
          <small> {coordinates(place.lat, place.lon)}{place.accuracyM !== null && now.value - place.atMs > OLD_MS && ` · ${p("report_place_old", { ago: ago(new Date(place.atMs).toISOString(), now.value) })}`}</small>
        </p>
      )}
      <div class="row">
        <button type="button" class="button" disabled={here === null} onClick={() => here !== null && onChange(placeOf(here))}><Icon name="follow" size={18} />{p("report_place_here")}</button>
        <button type="button" class="button" data-move onClick={() => setPicking(true)}><Icon name="pin" size={18} />{p("report_place_move")}</button>
      </div>
      {picking && (
        <PlacePicker
          from={place ?? here}
          onTake={(taken: LatLon) => {
            setPicking(false);
            onChange({ ...taken, accuracyM: null, atMs: Date.now() });
          }}
          onBack={() => setPicking(false)}
        />
      )}
    </section>
  );
}

const placeOf = ({ lat, lon, accuracyM, timeMs }: NonNullable<typeof fix.value>): Place => ({ lat, lon, accuracyM, atMs: timeMs });
