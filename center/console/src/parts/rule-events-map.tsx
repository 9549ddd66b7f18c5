/** The map of what rules found; the one that is chosen is ringed. */

import { useEffect, useRef } from "preact/hooks";
import type { RuleEvent } from "../api/types";
import { mercator } from "../geometry";
import { t } from "../i18n";
import type { KeyedMark } from "../map/city-map";
import { cellOf } from "../map/sprites";
import { useMap } from "../map/use-map";
import { standing } from "../state/motion";
import { isStill } from "../state/preferences";
import { keyOf } from "../state/rule-events";
import { ruleEventName } from "./rule-event";

const NOTHING_MORE = { grid: false, components: false };
const CLOSE_ZOOM = 15.5;

interface Properties {
  events: readonly RuleEvent[];
  chosen: string | null;
  onChoose: (key: string) => void;
}

export function RuleEventsMap({ events, chosen, onChoose }: Properties) {
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
      const element = tip.current;
      const event = events.find((one) => keyOf(one) === key);
      if (element === null) return;
      element.hidden = event === undefined;
      if (event === undefined) return;
      element.textContent = `${ruleEventName(event)} · ${event.id}`;
      element.style.transform = `translate(${x + 14}px, ${y + 14}px)`;
    },
  });
  const placed = [...events].reverse().filter(({ lat }) => lat !== null);
  const target = events.find((one) => keyOf(one) === chosen);
  useEffect(() => {
    map?.show(placed.flatMap((event) => marks(event, keyOf(event) === chosen)));
  }, [map, events, chosen, isStill.value]);
  useEffect(() => {
    if (map === null || !loaded || target === undefined || target.lat === null || target.lon === null) return;
    map.fly({ lat: target.lat, lon: target.lon }, CLOSE_ZOOM);
  }, [map, loaded, chosen, target !== undefined]);
  return (
    <div class="past-map" data-marks={placed.length}>
      <div class="map" ref={container} role="application" aria-label={t("events_map")} />
      <div class="map-tip" ref={tip} hidden />
      {failed && <p class="map-message">{t("map_no_webgl")}</p>}
    </div>
  );
}

function marks(event: RuleEvent, isChosen: boolean): KeyedMark[] {
  const mark = (symbol: string, key: string | null, size: number): KeyedMark => ({
    key,
    motion: standing(mercator({ lat: event.lat ?? 0, lon: event.lon ?? 0 }), 0),
    cell: cellOf(symbol),
    turns: false,
    size,
    opacity: event.phase === "ended" ? 0.5 : 1,
    stands: false,
  });
  return [...(isChosen ? [mark("ring", null, 56)] : []), mark("path-event", keyOf(event), 34)];
}
