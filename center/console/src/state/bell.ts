/** The bell of this browser: the notices of whoever is signed on, which of them were seen here, and whether it sounds. */

import { computed, signal } from "@preact/signals";
import { center } from "../api/client";
import type { Case } from "../api/types";
import { EVERY_OPEN_CASE, parseChoice } from "./case-choice";
import { casesByNumber, endedCases, may, now, session } from "./live";
import { type Notice, noticesOf, queuesToWatch } from "./notices";
import { outsideOf } from "./workflows";

/** Of each queue the cases that are due first; whoever has more late ones than this needs no bell. */
const PER_QUEUE = 100;
const MOST_SEEN = 500;

const waiting = signal<readonly Case[]>([]);
const seen = signal<ReadonlySet<string>>(new Set());

/** Cases of the last answer in the state of the live feed, if that is newer. */
const current = computed(() => {
  const ended = new Map(endedCases.value.map((of) => [of.number, of]));
  return waiting.value.map((of) => {
    const live = ended.get(of.number) ?? casesByNumber.value.get(of.number);
    return live !== undefined && live.sequence > of.sequence ? live : of;
  });
});

export const notices = computed<readonly Notice[]>(() => noticesOf(current.value, outsideOf, now.value));
export const unseen = computed<readonly Notice[]>(() => notices.value.filter(({ key }) => !seen.value.has(key)));

/** Ask what waits; without an answer what was known stays. */
export async function ring(): Promise<void> {
  if (!session.peek() || !may("case.read")) return;
  const login = session.peek()?.login;
  const watched = queuesToWatch(await center.queues()).filter(({ total }) => total > 0);
  const pages = await Promise.all(
    watched.map(({ address }) => center.cases({ ...EVERY_OPEN_CASE, ...parseChoice(new URLSearchParams(address)) }, { cursor: null, limit: PER_QUEUE })),
  );
  if (session.peek()?.login === login) waiting.value = pages.flatMap(({ cases }) => cases);
}

/** Another person at this browser begins with what they have seen themselves. */
export function beginBell(login: string): void {
  waiting.value = [];
  seen.value = new Set(readSeen(login));
}

/** Keep it in mind that these were seen: in this browser, for this account. */
export function acknowledge(keys: readonly string[]): void {
  const login = session.peek()?.login;
  if (login === undefined) return;
  const kept = [...new Set([...seen.peek(), ...keys])].slice(-MOST_SEEN);
  seen.value = new Set(kept);
  try {
    localStorage.setItem(nameOf(login), JSON.stringify(kept));
  } catch {
    // Storage may be forbidden or full; then it is kept in mind as long as the page lasts.
  }
}

function readSeen(login: string): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(nameOf(login)) ?? "[]");
    return Array.isArray(kept) ? kept.filter((key) => typeof key === "string") : [];
  } catch {
    return [];
  }
}

const nameOf = (login: string): string => `streetwarden.seen.${encodeURIComponent(login)}`;
