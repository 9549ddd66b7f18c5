/** The list of cases of a choice: asked for page by page, and kept as the live feed says it is now. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../api/client";
import type { Case } from "../api/types";
import type { CaseChoice } from "./case-choice";
import { mergeCases, missesEnd, withoutBeyond } from "./case-list";
import { casesByNumber, connection, endedCases, now, openCases, reconnections } from "./live";

const PAGE = 50;

export interface CaseList {
  cases: Case[];
  /** How many there are, shown or not; null if only the center could say. */
  total: number | null;
  busy: boolean;
  problem: unknown;
  again: () => void;
  /** Shows more of them; null when all are shown. */
  more: (() => void) | null;
}

export function useCaseList(choice: CaseChoice): CaseList {
  const [pages, setPages] = useState<{ key: string; cases: Case[]; cursor: string | null } | null>(null);
  const [rows, setRows] = useState(PAGE);
  const [busy, setBusy] = useState(true);
  const [problem, setProblem] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const key = JSON.stringify([choice.scope, choice.stage, choice.type]);

  const load = async (cursor: string | null, wanted: () => boolean): Promise<void> => {
    setBusy(true);
    try {
      const page = await center.cases({
        ...(choice.scope === "all" ? {} : { open: choice.scope === "open" }),
        ...(choice.stage === null ? {} : { stages: [choice.stage] }),
        ...(choice.type === null ? {} : { type: choice.type }),
        ...(cursor === null ? {} : { cursor }),
        limit: PAGE,
      });
      if (!wanted()) return;
      setPages((old) => ({
        key,
        cases: cursor === null || old?.key !== key ? page.cases : [...old.cases, ...page.cases],
        cursor: page.next_cursor,
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
    void load(null, () => wanted);
    return () => {
      wanted = false;
    };
  }, [key, round, reconnections.value]);

  const here = pages?.key === key ? pages : null;
  const fetched = here?.cases ?? [];
  // What ended between the answer and the feed's first snapshot is in neither.
  const missed = connection.value === "live" && missesEnd(fetched, casesByNumber.value, endedCases.value);
  useEffect(() => {
    if (missed) setRound(round + 1);
  }, [missed]);

  const merged = mergeCases(fetched, [...openCases.value, ...endedCases.value], choice, now.value);
  // The feed knows every open case; of the others only the pages that have come.
  const isWhole = choice.scope === "open" ? connection.value === "live" : here !== null && here.cursor === null;
  const cases = isWhole || choice.sort !== "-opened" ? merged : withoutBeyond(merged, fetched, choice.sort);
  const more = (): void => {
    setRows(rows + PAGE);
    if (!isWhole && here?.cursor != null) void load(here.cursor, () => true);
  };
  return {
    cases: cases.slice(0, rows),
    total: isWhole ? cases.length : null,
    busy,
    problem,
    again: () => setRound(round + 1),
    more: cases.length > rows || (!isWhole && here !== null && here.cursor !== null) ? more : null,
  };
}
