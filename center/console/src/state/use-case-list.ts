/** The list of cases of a choice: asked for page by page, and kept as the live feed says it is now. */

import { useEffect, useRef, useState } from "preact/hooks";
import { center } from "../api/client";
import type { Case } from "../api/types";
import type { CaseChoice } from "./case-choice";
import { isDecidedHere, mergeCases, missesEnd, withoutBeyond } from "./case-list";
import { casesByNumber, connection, endedCases, now, openCases, reconnections } from "./live";

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

interface Pages {
  key: string;
  cases: Case[];
  cursor: string | null;
  total: number;
  isAll: boolean;
}

export function useCaseList(choice: CaseChoice): CaseList {
  const [pages, setPages] = useState<Pages | null>(null);
  const [rows, setRows] = useState(PAGE);
  const [busy, setBusy] = useState(true);
  const [problem, setProblem] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const key = JSON.stringify(choice);
  const typed = useRef(choice.words);

  const load = async (cursor: string | null, wanted: () => boolean): Promise<void> => {
    setBusy(true);
    try {
      const page = await center.cases(choice, { cursor, limit: PAGE });
      if (!wanted()) return;
      setPages((old) => ({
        key,
        cases: cursor === null || old?.key !== key ? page.cases : [...old.cases, ...page.cases],
        cursor: page.next_cursor,
        total: page.total,
        isAll: page.total_is_all,
      }));
      setProblem(null);
    } catch (error) {
      if (wanted()) setProblem(error);
    } finally {
      if (wanted()) setBusy(false);
    }
  };
  useEffect(() => {
    let wanted = true;
    setRows(PAGE);
    const pause = typed.current === choice.words ? 0 : TYPING_MS;
    typed.current = choice.words;
    const timer = setTimeout(() => void load(null, () => wanted), pause);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [key, round, reconnections.value]);

  const here = pages?.key === key ? pages : null;
  const fetched = here?.cases ?? [];
  const isLive = connection.value === "live";
  const isDecided = isDecidedHere(choice);
  useAskAgain(!isLive || !isDecided, () => setRound((old) => old + 1));
  // What ended between the answer and the feed's first snapshot is in neither.
  const missed = isLive && missesEnd(fetched, casesByNumber.value, endedCases.value);
  useEffect(() => {
    if (missed) setRound(round + 1);
  }, [missed]);

  const live = [...openCases.value, ...endedCases.value];
  const known = new Set(fetched.map((found) => found.number));
  const merged = mergeCases(fetched, isDecided ? live : live.filter((found) => known.has(found.number)), choice, now.value);
  // The feed knows every open case; of the others only the pages that have come.
  const isWhole = isDecided && choice.scope === "open" ? isLive : here !== null && here.cursor === null;
  const cases = isWhole ? merged : withoutBeyond(merged, fetched, choice.sort);
  const more = (): void => {
    setRows(rows + PAGE);
    if (!isWhole && here?.cursor != null) void load(here.cursor, () => true);
  };
  return {
    cases: cases.slice(0, rows),
    total: isWhole ? { n: cases.length, isAll: true } : here === null ? null : { n: here.total, isAll: here.isAll },
    busy,
    problem,
    again: () => setRound(round + 1),
    more: cases.length > rows || (!isWhole && here !== null && here.cursor !== null) ? more : null,
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
