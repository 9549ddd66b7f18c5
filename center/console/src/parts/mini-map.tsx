/** A small map of where a case is. */

import { useEffect } from "preact/hooks";
import type { Case } from "../api/types";
import { t } from "../i18n";
import { caseMark } from "../map/marks";
import { useMap } from "../map/use-map";
import { now } from "../state/live";
import { caseStreet } from "./case-parts";

const NOTHING_MORE = { grid: false, components: false };
const ZOOM = 16.2;

export function MiniMap({ of }: { of: Case }) {
  const { container, map, failed } = useMap({ interactive: false, centre: of, zoom: ZOOM, shown: NOTHING_MORE });
  const mark = JSON.stringify([of.number, of.lat, of.lon, of.restored_at, of.closed_at]);
  const minute = Math.floor(now.value / 60_000);
  useEffect(() => {
    if (map === null) return;
    map.ground.jumpTo({ center: [of.lon, of.lat], zoom: ZOOM });
    map.show([caseMark(of, now.peek())]);
  }, [map, mark, minute]);
  return failed ? <p class="empty">{t("map_no_webgl")}</p> : <div class="mini-map" ref={container} role="img" aria-label={`${t("place")}: ${caseStreet(of)}`} />;
}
