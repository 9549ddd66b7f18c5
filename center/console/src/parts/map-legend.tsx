/** What the symbols mean. */

import { t, word } from "../i18n";
import { symbolImage } from "../map/sprites";

export function MapLegend() {
  return (
    <ul class="legend">
      {(["vehicle", "person", "device", "camera"] as const).map((kind) => (
        <li key={kind}>
          <img class="symbol" alt="" src={symbolImage(kind)} width={24} height={24} />
          {word("kinds", kind)}
        </li>
      ))}
      {(["calm", "soon", "overdue", "restored"] as const).map((state) => (
        <li key={state}>
          <img class="symbol" alt="" src={symbolImage(`case-${state}-other`)} width={24} height={24} />
          {t(`legend_${state}`)}
        </li>
      ))}
      <li>
        <img class="symbol" alt="" src={symbolImage("path-event")} width={24} height={24} />
        {t("legend_event")}
      </li>
      <li class="legend-note">{t("legend_heading")}</li>
      <li class="legend-note">{t("legend_old")}</li>
    </ul>
  );
}
