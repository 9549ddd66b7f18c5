/** Asking the center while somebody types, and what it found. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../api/client";
import type { SearchAnswer, SearchGroup, SearchHit, SearchKind } from "../api/types";
import { named, t } from "../i18n";
import { addressOf } from "../state/search-hits";
import { stageWords } from "../state/workflows";
import { CaseSymbol } from "./case-parts";
import { Icon, type IconName } from "./icons";
import { sentence } from "./problem";

const TYPING_MS = 200;
const SYMBOLS: Readonly<Record<SearchKind, IconName>> = {
  case: "cases", component: "pin", street: "track", grid_cell: "fit", code: "file", law: "file", unit: "user",
};

interface Asked {
  answer: SearchAnswer | null;
  busy: boolean;
  problem: unknown;
}

/** The answer to what is typed; the one before stays until the next is there. */
export function useSearch(words: string, kinds: readonly SearchKind[], limit: number): Asked {
  const [asked, setAsked] = useState<Asked>({ answer: null, busy: false, problem: null });
  const wanted = words.trim();
  useEffect(() => {
    if (wanted.length < 2) {
      setAsked({ answer: null, busy: false, problem: null });
      return undefined;
    }
    let isNewest = true;
    setAsked((old) => ({ ...old, busy: true }));
    const timer = setTimeout(() => {
      center.search(wanted, kinds, limit).then(
        (answer) => isNewest && setAsked({ answer, busy: false, problem: null }),
        (problem: unknown) => isNewest && setAsked({ answer: null, busy: false, problem }),
      );
    }, TYPING_MS);
    return () => {
      isNewest = false;
      clearTimeout(timer);
    };
  }, [wanted, kinds, limit]);
  return asked;
}

/** @param onChoose if it is given, hits are buttons that choose; without it, links. */
export function SearchResults({ of: { answer, busy, problem }, onChoose }: { of: Asked; onChoose?: (hit: SearchHit) => void }) {
  if (problem !== null) return <p class="notice is-bad" role="alert">{sentence(problem)}</p>;
  if (answer === null) return null;
  return (
    <div class="search-results" aria-busy={busy} aria-live="polite">
      {answer.groups.length === 0 && <p class="empty" role="status">{t("search_none")}</p>}
      {answer.groups.map((group) => <Group key={group.kind} of={group} {...(onChoose === undefined ? {} : { onChoose })} />)}
    </div>
  );
}

const Group = ({ of, onChoose }: { of: SearchGroup; onChoose?: (hit: SearchHit) => void }) => (
  <section class="card search-group" data-group={of.kind} data-exact={of.exact}>
    <h2>{t(`search_${of.kind}`)}</h2>
    {!of.exact && <p class="search-like">{t("search_like")}</p>}
    <ul>
      {of.hits.map((hit) => (
        <li key={hit.key} data-hit={hit.key}><Hit of={hit} {...(onChoose === undefined ? {} : { onChoose })} /></li>
      ))}
    </ul>
    {of.more && <p class="empty">{t("search_more")}</p>}
  </section>
);

function Hit({ of, onChoose }: { of: SearchHit; onChoose?: (hit: SearchHit) => void }) {
  const content = (
    <>
      {of.case === null ? <Icon name={SYMBOLS[of.kind]} size={22} /> : <CaseSymbol of={of.case} size={26} />}
      <span>
        <strong>{named(of.name, of.name_en)}</strong>
        <small>{details(of).filter(Boolean).join(" · ")}</small>
      </span>
    </>
  );
  if (onChoose !== undefined) return <button type="button" class="search-hit" onClick={() => onChoose(of)}>{content}</button>;
  const to = addressOf(of);
  return to === null ? <div class="search-hit">{content}</div> : <a class="search-hit" href={to}>{content}</a>;
}

function details(of: SearchHit): (string | null)[] {
  const about = named(of.about, of.about_en);
  switch (of.kind) {
    case "case":
      return [of.key, about, of.case === null ? null : stageWords(of.case)];
    case "component":
      return [of.key, about === named(of.name, of.name_en) ? null : about, of.owner];
    case "code":
      return [of.key.split("/").slice(2).join(" · "), about];
    case "street":
    case "law":
      return [about];
    default:
      return [of.key === of.name ? null : of.key, about];
  }
}
