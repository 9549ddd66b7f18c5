/** The list of cases of a choice: asked for page by page, and kept as the live feed says it is now. */

import { useEffect, useRef, useState } from "preact/hooks";
import { center } from "../api/client";
import type { Case } from "../api/types";
import type { CaseChoice } from "./case-choice";
import { isDecidedHere, mergeCases, missesEnd, withoutBeyond } from "./case-list";
import { casesByNumber, casesLeftOut, connection, endedCases, now, openCases, reconnections } from "./live";
import { usePages } from "./use-pages";

const PAGE = 50;
/** While somebody types, the center is asked when they pause. */
const TYPING_MS = 250;
/** A list of which only the center knows what belongs to it is asked for again so often at most. */
const AGAIN_MS = 5000;

export interface CaseList {
  cases: Case[];
  /** How many there are, shown or not; null while that isn't known. `isAll`: false if there are more. */
  total: { n: number; isAll: boolean } | null;
  busy: boolean;
  problem: unknown;
  again: () => void;
  /** Shows more of them; null when all are shown. */
  more: (() => void) | null;
}

export function useCaseList(choice: CaseChoice): CaseList {
  const [rows, setRows] = useState(PAGE);
  const [round, setRound] = useState(0);
  const key = JSON.stringify(choice);
  const typed = useRef(choice.words);
  const pause = typed.current === choice.words ? 0 : TYPING_MS;
  const { pages, isCurrent, busy, problem, more: nextPage } = usePages(
    key,
    (cursor) => center.cases(choice, { cursor, limit: PAGE }),
    `${round} ${reconnections.value}`,
    pause,
  );
  useEffect(() => {
    typed.current = choice.words;
    setRows(PAGE);
  }, [key]);

  const here = isCurrent && pages !== null ? pages : null;
  const fetched = (here ?? []).flatMap((page) => page.cases);
  const last = here?.at(-1) ?? null;
  const isLive = connection.value === "live";
  // The feed has every open case, unless there are very many.
  const hasAll = isLive && casesLeftOut.value === 0;
  const isDecided = isDecidedHere(choice);
  useAskAgain(!hasAll || !isDecided, () => setRound((old) => old + 1));
  // What ended between the answer and the feed's first snapshot is in neither.
  const missed = hasAll && missesEnd(fetched, casesByNumber.value, endedCases.value);
  useEffect(() => {
    if (missed) setRound(round + 1);
  }, [missed]);

  const live = [...openCases.value, ...endedCases.value];
  const known = new Set(fetched.map((found) => found.number));
  const merged = mergeCases(fetched, isDecided ? live : live.filter((found) => known.has(found.number)), choice, now.value);
  // Of other lists there are only the pages that have come.
  const isWhole = (isDecided && choice.scope === "open" && hasAll) || (last !== null && last.next_cursor === null);
  const cases = isWhole ? merged : withoutBeyond(merged, fetched, choice.sort);
  const more = (): void => {
    setRows(rows + PAGE);
    if (!isWhole) nextPage?.();
  };
  return {
    cases: cases.slice(0, rows),
    total: isWhole ? { n: cases.length, isAll: true } : last === null ? null : { n: last.total, isAll: last.total_is_all },
    busy,
    problem,
    again: () => setRound(round + 1),
    more: cases.length > rows || (!isWhole && nextPage !== null) ? more : null,
  };
}

/** Ask again after cases have changed, or without a feed every now and then; at once only when nothing was asked lately. */
export function useAskAgain(isNeeded: boolean, ask: () => void, againMs = AGAIN_MS): void {
  const asked = useRef(Date.now());
  const latest = useRef(ask);
  latest.current = ask;
  const changes = openCases.value;
  useEffect(() => {
    if (!isNeeded) return undefined;
    const timer = setTimeout(() => {
      asked.current = Date.now();
      if (!document.hidden) latest.current();
    }, Math.max(500, asked.current + againMs - Date.now()));
    return () => clearTimeout(timer);
  }, [isNeeded, changes]);
  useEffect(() => {
    if (!isNeeded || connection.value === "live") return undefined;
    const timer = setInterval(() => !document.hidden && latest.current(), againMs * 2);
    return () => clearInterval(timer);
  }, [isNeeded, connection.value]);
}
