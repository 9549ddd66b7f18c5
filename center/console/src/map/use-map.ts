/** A map in a component: made once, dressed as the page is, filled as the layers come. */

import type { FeatureCollection } from "geojson";
import type { PaddingOptions } from "maplibre-gl";
import { useEffect, useRef, useState } from "preact/hooks";
import { isDark, isStill, language } from "../state/preferences";
import { CityMap, type Options } from "./city-map";
import { bounds, ground, want } from "./ground";
import type { Shown } from "./style";

type Wanted = Pick<Options, "interactive" | "onPick" | "onHover" | "onMove" | "onDrag"> & {
  centre: { lat: number; lon: number } | null;
  zoom: number;
  shown: Shown;
  /** What covers the map's edges, pixels. */
  room?: () => PaddingOptions;
};

/** Of thousands of blocks and buildings a few have a name that is worth showing. */
const onlyNamed = (layer: FeatureCollection): FeatureCollection => ({
  ...layer,
  features: layer.features.filter(({ properties }) => properties?.["name"] && ["water", "park", "plaza"].includes(properties["class"] as string)),
});

/** Once for the page: a map opened again is seen as it was left. */
let left: { centre: { lat: number; lon: number }; zoom: number } | null = null;

export function useMap(wanted: Wanted) {
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<CityMap | null>(null);
  const [failed, setFailed] = useState(false);
  const [fitted, setFitted] = useState(false);
  const callbacks = useRef(wanted);
  callbacks.current = wanted;
  const dark = isDark.value;
  const lang = language.value;
  const layers = ground.value;
  const { grid, components } = wanted.shown;

  useEffect(() => {
    if (container.current === null) return undefined;
    want("areas");
    want("streets");
    const begin = wanted.centre === null ? left : null;
    let made: CityMap;
    try {
      made = new CityMap({
        container: container.current,
        interactive: wanted.interactive,
        dark,
        language: lang,
        shown: wanted.shown,
        centre: wanted.centre ?? begin?.centre ?? { lat: 24.8, lon: 118.57 },
        zoom: begin?.zoom ?? wanted.zoom,
        still: () => isStill.peek(),
        onPick: (key, component, place) => callbacks.current.onPick?.(key, component, place),
        onHover: (key, x, y) => callbacks.current.onHover?.(key, x, y),
        onMove: (view) => callbacks.current.onMove?.(view),
        onDrag: () => callbacks.current.onDrag?.(),
      });
    } catch {
      setFailed(true);
      return undefined;
    }
    if (begin !== null || wanted.centre !== null) setFitted(true);
    setMap(made);
    return () => {
      const { lat, lng } = made.ground.getCenter();
      if (wanted.interactive) left = { centre: { lat, lon: lng }, zoom: made.ground.getZoom() };
      made.destroy();
    };
  }, []);

  useEffect(() => {
    if (grid) want("grid");
    if (components) want("components");
    map?.dress({ dark, language: lang, shown: { grid, components } });
  }, [map, dark, lang, grid, components]);

  for (const name of ["areas", "streets", "grid", "components"] as const) {
    useEffect(() => {
      const layer = layers[name];
      if (map === null || layer === undefined) return;
      map.fill(name, layer);
      if (name === "streets") map.fill("street-names", layer);
      if (name === "areas") map.fill("area-names", onlyNamed(layer));
    }, [map, layers[name]]);
  }

  const whole = (): void => {
    const streets = ground.peek().streets;
    const found = streets === undefined ? null : bounds(streets);
    if (map !== null && found !== null) map.fit(found, wanted.room?.() ?? { top: 20, right: 20, bottom: 20, left: 20 });
  };
  useEffect(() => {
    if (map === null || fitted || layers.streets === undefined) return;
    whole();
    setFitted(true);
  }, [map, layers.streets]);

  return { container, map, failed, fitted, whole, loaded: layers.streets !== undefined, empty: layers.streets?.features.length === 0 };
}
