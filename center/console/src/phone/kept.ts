/** Answers of the center that can be read without a network too, from when there was one. */

import { useEffect, useState } from "preact/hooks";
import { session } from "../state/live";
import { received } from "./outbox";
import { isOnline } from "./session";
import { keepAnswer, keptAnswer } from "./storage";

/** `atMs`: when the center said it. `problem`: why there is nothing newer. */
export interface Answer<Value> {
  value: Value | null;
  atMs: number;
  problem: unknown;
}

const NOTHING = { value: null, atMs: 0, problem: null };
const EVERY_MS = 60_000;

/**
 * What the center says, at first as it was said last.
 *
 * @param name under which it is kept; null to ask nothing.
 * @param forEverybody whether it is the same for every account, so that it stays when one signs off.
 */
export function useAnswer<Value>(name: string | null, ask: () => Promise<Value>, { forEverybody = false } = {}): Answer<Value> & { again: () => void } {
  const [answer, setAnswer] = useState<Answer<Value>>(NOTHING);
  const [round, setRound] = useState(0);
  const login = forEverybody ? "" : (session.value?.login ?? "");
  const online = isOnline.value;
  const heard = received.value;
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setRound((before) => before + 1), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (name === null) return undefined;
    let wanted = true;
    let isNew = false;
    void keptAnswer<Value>(login, name).then((kept) => wanted && !isNew && kept !== null && setAnswer((now) => ({ ...now, ...kept })), () => {});
    ask().then(
      (value) => {
        isNew = true;
        if (wanted) setAnswer({ value, atMs: Date.now(), problem: null });
        void keepAnswer(login, name, value, Date.now()).catch(() => {}); // it can be shown all the same
      },
      (problem: unknown) => wanted && setAnswer((now) => ({ ...now, problem })),
    );
    return () => {
      wanted = false;
    };
  }, [name, login, round, online, heard]);
  return { ...answer, again: () => setRound(round + 1) };
}
