/** A map with one place on it, to be chosen or only seen. */

import { useEffect } from "preact/hooks";
import { type LatLon, mercator } from "../geometry";
import { cellOf } from "../map/sprites";
import { useMap } from "../map/use-map";
import { standing } from "../state/motion";
import { c } from "./words";

const SHOWN = { grid: false, components: false };
const ZOOM = 16;

export function Place({ place, onPlace }: { place: LatLon | null; onPlace: ((place: LatLon) => void) | null }) {
  const { container, map, failed } = useMap({
    interactive: onPlace !== null,
    centre: place,
    zoom: ZOOM,
    shown: SHOWN,
    onPick: (_key, _component, picked) => onPlace?.(picked),
  });
  useEffect(() => {
    if (map === null || place === null) return;
    map.show([{ key: null, motion: standing(mercator(place), 0), cell: cellOf("aim"), turns: false, size: 40, opacity: 1, stands: false }]);
    map.ground.easeTo({ center: [place.lon, place.lat], duration: 0 });
  }, [map, place?.lat, place?.lon]);
  return (
    <div class="citizens-map">
      <div class="map" ref={container} role="application" aria-label={c("where")} />
      {failed && <p>{c("no_map")}</p>}
    </div>
  );
}
