/** The map of "who was here": the circle that is asked about, and the way of the visit that is chosen. */

import type { FeatureCollection, Position } from "geojson";
import { useEffect } from "preact/hooks";
import { circle, type LatLon, mercator } from "../geometry";
import { t } from "../i18n";
import { bounds } from "../map/ground";
import { cellOf } from "../map/sprites";
import { useMap } from "../map/use-map";
import { standing } from "../state/motion";
import { isStill } from "../state/preferences";

const NOTHING_MORE = { grid: false, components: false };
/** A circle is shown with so many times its radius around it, so that one sees where it lies. */
const AROUND = 2;

interface Properties {
  place: LatLon | null;
  radiusM: number;
  /** Where the one that is chosen was during its visit. */
  way: readonly Position[];
  onPlace: (place: LatLon) => void;
  /** Takes what says where the middle of the map is. */
  onReady: (middle: () => LatLon) => void;
}

export function VisitsMap({ place, radiusM, way, onPlace, onReady }: Properties) {
  const { container, map, failed, loaded } = useMap({
    interactive: true,
    centre: null,
    zoom: 15,
    shown: NOTHING_MORE,
    onPick: (_key, _component, picked) => onPlace(picked),
  });

  useEffect(() => {
    if (map !== null) onReady(() => ({ lat: map.ground.getCenter().lat, lon: map.ground.getCenter().lng }));
  }, [map]);
  useEffect(() => {
    map?.fill("reach", place === null ? layer() : layer(disc(place, radiusM)));
    const aim = place === null ? [] : [{ key: null, motion: standing(mercator(place), 0), cell: cellOf("aim"), turns: false, size: 40, opacity: 1, stands: false }];
    map?.show(aim);
  }, [map, place?.lat, place?.lon, radiusM, isStill.value]);
  useEffect(() => {
    map?.fill("leg", way.length === 0 ? layer() : layer(way.length === 1 ? { type: "Point", coordinates: way[0] as Position } : { type: "LineString", coordinates: [...way] }));
  }, [map, way]);
  useEffect(() => {
    // A circle that was just clicked lies where it was clicked; one from an address, or of another size, is looked for.
    const found = place === null ? null : bounds(layer(disc(place, radiusM * AROUND)));
    if (map === null || !loaded || found === null) return;
    map.fit(found, { top: 0, bottom: 0, left: 0, right: 0 });
  }, [map, loaded, radiusM]);

  return (
    <div class="past-map visits-map" data-way={way.length}>
      <div class="map" ref={container} role="application" aria-label={t("visits_map")} />
      {failed && <p class="map-message">{t("map_no_webgl")}</p>}
    </div>
  );
}

const disc = (place: LatLon, radiusM: number): GeoJSON.Polygon => ({ type: "Polygon", coordinates: [circle(place, radiusM, 96)] });

const layer = (...geometries: GeoJSON.Geometry[]): FeatureCollection => ({
  type: "FeatureCollection",
  features: geometries.map((geometry) => ({ type: "Feature", properties: {}, geometry })),
});
