/** A map around the phone, with the open cases there that the account may see. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../../api/client";
import type { Case } from "../../api/types";
import { metres } from "../../format";
import { mercator } from "../../geometry";
import { t } from "../../i18n";
import { caseMark } from "../../map/marks";
import { cellOf } from "../../map/sprites";
import { useMap } from "../../map/use-map";
import { Icon } from "../../parts/icons";
import { now } from "../../state/live";
import { standing } from "../../state/motion";
import { isStill } from "../../state/preferences";
import { type Fix, fix, watchPlace } from "../gps";
import { received } from "../outbox";
import { CaseCard } from "../parts/case-card";
import { go } from "../routes";
import { p } from "../words";

const AROUND_M = 1000;
/** Moved by so much, cases are asked for again: three digits of a degree are some 100 m. */
const DIGITS = 3;
const SHOWN = { grid: true, components: true };

export function AroundView() {
  useEffect(watchPlace, []);
  const here = fix.value;
  return here === null ? <p class="empty" role="status">{p("around_no_place")}</p> : <Around here={here} />;
}

function Around({ here }: { here: Fix }) {
  const [cases, setCases] = useState<readonly Case[] | null>(null);
  const near = `${here.lat.toFixed(DIGITS)},${here.lon.toFixed(DIGITS)}`;
  const { container, map, failed } = useMap({
    interactive: true,
    centre: here,
    zoom: 16,
    shown: SHOWN,
    onPick: (key) => {
      if (key?.startsWith("case/")) go({ page: "case", number: key.slice("case/".length) });
    },
  });
  useEffect(() => {
    let wanted = true;
    center.casesNear(here, AROUND_M).then((page) => wanted && setCases(page.cases), () => {}); // those of before stay
    return () => {
      wanted = false;
    };
  }, [near, received.value]);
  useEffect(() => {
    if (map === null) return;
    const me = { key: null, motion: standing(mercator(here), here.headingDeg ?? 0), cell: cellOf(here.headingDeg === null ? "person-still" : "person"), turns: here.headingDeg !== null, size: 34, opacity: 1, stands: false };
    map.show([...(cases ?? []).map((of) => caseMark(of, now.peek())), me]);
    map.trail([], { place: here, radiusM: here.accuracyM });
  }, [map, here, cases, isStill.value]);
  return (
    <>
      <div class="phone-map">
        <div class="map" ref={container} role="application" aria-label={p("around_title")} />
        {failed && <p class="map-message">{t("map_no_webgl")}</p>}
        {!failed && <button type="button" class="button phone-here" onClick={() => map?.fly(here, 16)}><Icon name="follow" size={18} />{p("around_here")}</button>}
      </div>
      <h2 class="hidden">{p("around_list")}</h2>
      {cases !== null && cases.length === 0 && <p class="empty">{p("around_none", { m: metres(AROUND_M) })}</p>}
      <div class="phone-list">{(cases ?? []).map((of) => <CaseCard key={of.number} of={of} />)}</div>
    </>
  );
}
