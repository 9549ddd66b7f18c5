/** One search over everything: cases, components, places, codes, laws, units. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { SearchKind } from "../api/types";
import { t } from "../i18n";
import { Icon } from "../parts/icons";
import { SearchResults, useSearch } from "../parts/search-results";
import { go, route } from "../routes";

const EVERY_KIND: readonly SearchKind[] = [];
const SHOWN = 8;
const LONGEST = 100;

export function SearchView() {
  const current = route.value;
  const given = current.page === "search" ? current.words : "";
  const [words, setWords] = useState(given);
  const box = useRef<HTMLInputElement>(null);
  const asked = useSearch(words, EVERY_KIND, SHOWN);
  useEffect(() => box.current?.focus(), []);
  useEffect(() => setWords(given), [given]);
  const change = (next: string): void => {
    setWords(next);
    go({ page: "search", words: next.trim() }, { replace: true });
  };
  return (
    <main id="content" class="page search-view">
      <form role="search" class="search-form" onSubmit={(event) => event.preventDefault()}>
        <h1><label for="search-words">{t("nav_search")}</label></h1>
        <span class="search-field">
          <Icon name="search" />
          <input
            id="search-words" ref={box} type="search" data-search value={words} maxLength={LONGEST} autocomplete="off" placeholder={t("search_placeholder")}
            onInput={(event) => change(event.currentTarget.value)}
          />
        </span>
      </form>
      {words.trim().length < 2 ? <p class="empty">{t("search_hint")}</p> : <SearchResults of={asked} />}
    </main>
  );
}
