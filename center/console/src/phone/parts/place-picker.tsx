/** The whole screen as a map with a cross in its middle: it is easier to move the map than a mark with one thumb. */

import { useEffect, useRef } from "preact/hooks";
import type { LatLon } from "../../geometry";
import { t } from "../../i18n";
import { useMap } from "../../map/use-map";
import { Icon } from "../../parts/icons";
import { p } from "../words";

const SHOWN = { grid: false, components: true };
const ZOOM = 17;

interface Properties {
  from: LatLon | null;
  onTake: (place: LatLon) => void;
  onBack: () => void;
}

export function PlacePicker({ from, onTake, onBack }: Properties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { container, map, failed } = useMap({ interactive: true, centre: from, zoom: ZOOM, shown: SHOWN });
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="phone-picker" aria-label={p("report_place_move")} onCancel={onBack}>
      <div class="map" ref={container} role="application" aria-label={t("report_map")} />
      {failed ? <p class="map-message">{t("map_no_webgl")}</p> : <span class="phone-cross" aria-hidden="true" />}
      <div class="phone-picker-foot">
        <p>{p("report_place_hint")}</p>
        <div class="row">
          <button type="button" class="button" onClick={onBack}>{p("back")}</button>
          <button type="button" class="button is-primary" data-take disabled={map === null} onClick={() => {
            const middle = map?.ground.getCenter();
            if (middle !== undefined) onTake({ lat: middle.lat, lon: middle.lng });
          }}><Icon name="check" size={18} />{p("report_place_take")}</button>
        </div>
      </div>
    </dialog>
  );
}
