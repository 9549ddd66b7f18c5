/** Finds the place of a report by a street, a component or a grid cell. */

import { useState } from "preact/hooks";
import type { SearchHit } from "../api/types";
import type { LatLon } from "../geometry";
import { t } from "../i18n";
import { PLACE_KINDS, placeOf } from "../state/search-hits";
import { SearchResults, useSearch } from "./search-results";

const SHOWN = 4;

export function PlaceSearch({ onPlace }: { onPlace: (place: LatLon, component: string | null) => void }) {
  const [words, setWords] = useState("");
  const asked = useSearch(words, PLACE_KINDS, SHOWN);
  const choose = (hit: SearchHit): void => {
    const place = placeOf(hit);
    if (place === null) return;
    onPlace(place, hit.kind === "component" ? hit.key : null);
    setWords("");
  };
  return (
    <div class="place-search" data-place-search>
      <label class="field">
        {t("report_place_search")}
        <input type="search" value={words} maxLength={100} autocomplete="off" placeholder={t("report_place_search_hint")} onInput={(event) => setWords(event.currentTarget.value)} onKeyDown={(event) => {
          if (event.key === "Enter") event.preventDefault(); // it would send the report
        }} />
      </label>
      <SearchResults of={asked} onChoose={choose} />
    </div>
  );
}
