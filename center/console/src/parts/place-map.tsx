/** A map on which a place is chosen; what is open around it stands there too. */

import { useEffect } from "preact/hooks";
import type { Case } from "../api/types";
import { type LatLon, mercator } from "../geometry";
import { t } from "../i18n";
import { caseMark } from "../map/marks";
import { cellOf } from "../map/sprites";
import { useMap } from "../map/use-map";
import { standing } from "../state/motion";
import { now } from "../state/live";
import { isStill } from "../state/preferences";

const SHOWN = { grid: false, components: true };
const ZOOM = 16.5;

interface Properties {
  place: LatLon | null;
  near: readonly Case[];
  /** `component`: the code of the one that was clicked; null where there is none. */
  onPlace: (place: LatLon, component: string | null) => void;
  /** Takes what says where the middle of the map is. */
  onReady: (middle: () => LatLon) => void;
}

const codeOf = (code: unknown): string | null => (typeof code === "string" && /^\d{16}$/.test(code) ? code : null);

export function PlaceMap({ place, near, onPlace, onReady }: Properties) {
  const { container, map, failed } = useMap({
    interactive: true,
    centre: place,
    zoom: ZOOM,
    shown: SHOWN,
    onPick: (_key, component, picked) => onPlace(picked, codeOf(component?.properties?.["code"])),
  });
  useEffect(() => {
    if (map !== null) onReady(() => ({ lat: map.ground.getCenter().lat, lon: map.ground.getCenter().lng }));
  }, [map]);
  useEffect(() => {
    const aim = place === null ? [] : [{ key: null, motion: standing(mercator(place), 0), cell: cellOf("aim"), turns: false, size: 40, opacity: 1, stands: false }];
    map?.show([...near.map((of) => caseMark(of, now.peek())), ...aim]);
  }, [map, place?.lat, place?.lon, near, isStill.value]);
  return (
    <div class="past-map place-map">
      <div class="map" ref={container} role="application" aria-label={t("report_map")} />
      {failed && <p class="map-message">{t("map_no_webgl")}</p>}
    </div>
  );
}
