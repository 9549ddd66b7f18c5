/** A list that is asked for page by page: audit log, rule events, cases. */

import { useEffect, useRef, useState } from "preact/hooks";

/** What the center answers: a page, and where the next one begins. */
export interface Page {
  next_cursor: string | null;
}

export interface Pages<P extends Page> {
  /** What has come, in order; null before the first answer. */
  pages: readonly P[] | null;
  /** Whether the pages are of the present key; until the first answer to it they are of the one before. */
  isCurrent: boolean;
  busy: boolean;
  problem: unknown;
  /** Asks for the same pages again. */
  again: () => void;
  /** Asks for the next page; null if there is none. */
  more: (() => void) | null;
}

/**
 * @param key says what is asked for. If it changes, the first page is asked for.
 * @param ask asks for a page; null: the first one. `begunMs`: when the first one was asked for, by the browser's clock.
 * @param round if it changes, the same pages are asked for again, as many as are shown.
 * @param pauseMs so long nothing is asked after the key has changed, because somebody types.
 */
export function usePages<P extends Page>(key: string, ask: (cursor: string | null, begunMs: number) => Promise<P>, round: unknown, pauseMs = 0): Pages<P> {
  const [shown, setShown] = useState<{ key: string; begunMs: number; pages: readonly P[] } | null>(null);
  const [busy, setBusy] = useState(true);
  const [problem, setProblem] = useState<unknown>(null);
  const [own, setOwn] = useState(0);
  /** Answers to an earlier question are left out. */
  const question = useRef(0);
  const here = shown?.key === key ? shown : null;

  const load = async (before: readonly P[], begunMs: number, most: number): Promise<void> => {
    const number = ++question.current;
    setBusy(true);
    try {
      const pages = [...before];
      do {
        pages.push(await ask(pages.at(-1)?.next_cursor ?? null, begunMs));
        if (number !== question.current) return;
      } while (pages.length < most && pages.at(-1)?.next_cursor !== null);
      setShown({ key, begunMs, pages });
      setProblem(null);
    } catch (error) {
      if (number === question.current) setProblem(error);
    } finally {
      if (number === question.current) setBusy(false);
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => void load([], Date.now(), here?.pages.length ?? 1), here === null ? pauseMs : 0);
    return () => {
      clearTimeout(timer);
      question.current += 1;
    };
  }, [key, round, own]);

  const isMore = here !== null && here.pages.at(-1)?.next_cursor !== null;
  return {
    pages: shown?.pages ?? null,
    isCurrent: here !== null,
    busy,
    problem,
    again: () => setOwn(own + 1),
    more: isMore ? () => void load(here.pages, here.begunMs, here.pages.length + 1) : null,
  };
}
