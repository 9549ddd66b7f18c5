/**
 * What a person has written on the phone and what becomes of it: a report, or a step of a case. Pure.
 *
 * A draft has one Idempotency-Key from its first word to the answer of the center, whatever happens between: the
 * center performs it once, even if its answer was lost and the draft was changed afterwards.
 */

import type { LatLon } from "../geometry";
import type { Given } from "../state/acting";

/** What a file shows; video and sound say it themselves. */
export const PICTURE_KINDS = ["near", "far", "reference", "before", "after"] as const;
export type PictureKind = (typeof PICTURE_KINDS)[number];
export type FileKind = PictureKind | "video" | "sound";

/** Of one request, as the center takes it. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;
export const MAX_FILES_BYTES = 50 * 1024 * 1024;
export const MAX_FILES = 20;

/** A file of a draft, without its content. */
export interface FileOfDraft {
  key: number;
  draft: string;
  kind: FileKind;
  size: number;
}

/** `accuracyM`: of the GPS fix; null for a place that was chosen on the map. `atMs`: when it was fixed or chosen. */
export interface Place extends LatLon {
  accuracyM: number | null;
  atMs: number;
}

export interface ReportWords {
  /** As `keyOf` of the console has it; empty before one is chosen. */
  code: string;
  condition: string;
  description: string;
  level: string;
  /** The person has dealt with it on the spot (自行处置). */
  spot: boolean;
  place: Place | null;
}

export interface StepWords {
  number: string;
  sequence: number;
  action: string;
  /** What the step is called, for the outbox. */
  name: string;
  nameEn: string;
  given: Given;
}

export type What = { kind: "report"; words: ReportWords } | { kind: "step"; words: StepWords };

/**
 * writing: not finished. waiting: to be sent. refused: the center does not accept it. doubtful: the center may have
 * it, and has forgotten the key by now. sent: received; kept for a day, without files, so that the person sees it.
 */
export type State = "writing" | "waiting" | "refused" | "doubtful" | "sent";

export interface Draft {
  /** Also its Idempotency-Key. */
  id: string;
  login: string;
  what: What;
  state: State;
  /** By the phone's clock: when the first word was written, which is when the person saw the problem. */
  beganMs: number;
  changedMs: number;
  /** When it was first sent; null before. From then on `observedAt` stays, because the key stands for one request. */
  firstTriedMs: number | null;
  observedAt: string | null;
  tries: number;
  notBeforeMs: number;
  problem: { code: string; detail: string } | null;
  /** The case, once the center has answered. */
  number: string | null;
  joined: boolean;
}

/** What came of an attempt to send. */
export type Outcome =
  | { kind: "sent"; number: string; joined: boolean; problem?: { code: string; detail: string } }
  | { kind: "refused"; code: string; detail: string }
  /** No answer, or none yet. `afterS`: when the center wants to be asked again. */
  | { kind: "later"; afterS: number | null }
  | { kind: "signed-out" };

/** The center remembers a key for seven days. */
const DOUBTFUL_AFTER_MS = 6 * 86_400_000;
const SENT_KEPT_MS = 86_400_000;
const FIRST_PAUSE_S = 5;
const LONGEST_PAUSE_S = 300;

export const NO_REPORT: ReportWords = { code: "", condition: "", description: "", level: "", spot: false, place: null };

export function newDraft(id: string, login: string, what: What, nowMs: number): Draft {
  return {
    id, login, what, state: "writing", beganMs: nowMs, changedMs: nowMs, firstTriedMs: null, observedAt: null, tries: 0,
    notBeforeMs: 0, problem: null, number: null, joined: false,
  };
}

/** Written further; what was refused is being written again. */
export const changed = (draft: Draft, what: What, nowMs: number): Draft => ({ ...draft, what, state: "writing", changedMs: nowMs });

/** To be sent: now for the first time, or again by the person's will. */
export const released = (draft: Draft, nowMs: number): Draft => ({ ...draft, state: "waiting", notBeforeMs: 0, changedMs: nowMs, problem: null });

/** Whether it is to be sent now. */
export const isDue = (draft: Draft, nowMs: number): boolean => draft.state === "waiting" && draft.notBeforeMs <= nowMs;

/**
 * About to be sent.
 *
 * @param aheadMs how far the center's clock is ahead of the phone's.
 */
export function tried(draft: Draft, nowMs: number, aheadMs: number): Draft {
  if (draft.firstTriedMs !== null && nowMs - draft.firstTriedMs > DOUBTFUL_AFTER_MS) return { ...draft, state: "doubtful" };
  return {
    ...draft,
    firstTriedMs: draft.firstTriedMs ?? nowMs,
    observedAt: draft.observedAt ?? new Date(Math.min(draft.beganMs, nowMs) + aheadMs).toISOString(),
    tries: draft.tries + 1,
    notBeforeMs: nowMs + pauseS(draft.tries) * 1000,
  };
}

/** Sent again although the center may have it: under a new key, as another request. */
export const again = (draft: Draft, id: string, nowMs: number): Draft => ({ ...released(draft, nowMs), id, firstTriedMs: null, observedAt: null, tries: 0 });

/** After an attempt. */
export function settled(draft: Draft, outcome: Outcome, nowMs: number): Draft {
  switch (outcome.kind) {
    case "sent":
      return { ...draft, state: "sent", changedMs: nowMs, number: outcome.number, joined: outcome.joined, problem: outcome.problem ?? null };
    case "refused":
      return { ...draft, state: "refused", changedMs: nowMs, problem: { code: outcome.code, detail: outcome.detail } };
    case "later":
      return outcome.afterS === null ? draft : { ...draft, notBeforeMs: nowMs + outcome.afterS * 1000 };
    case "signed-out":
      return { ...draft, notBeforeMs: 0 };
  }
}

const pauseS = (tries: number): number => Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** tries);

/** Whether nobody needs to see it any more. */
export const isOver = (draft: Draft, nowMs: number): boolean => draft.state === "sent" && nowMs - draft.changedMs > SENT_KEPT_MS;

export type FileProblem = "too_large" | "too_much" | "too_many";

/** Why one more file cannot be added; null if it can. */
export function fileProblem(size: number, files: readonly Pick<FileOfDraft, "size">[]): FileProblem | null {
  if (size > MAX_FILE_BYTES) return "too_large";
  if (files.length >= MAX_FILES) return "too_many";
  return totalOf(files) + size > MAX_FILES_BYTES ? "too_much" : null;
}

export const totalOf = (files: readonly Pick<FileOfDraft, "size">[]): number => files.reduce((sum, { size }) => sum + size, 0);

/** The part of a request under which a file is sent. */
export const partOf = (kind: FileKind): string => (kind === "video" || kind === "sound" ? "files" : kind);

/** What a report lacks; null if it can be sent. */
export function lacking(words: ReportWords, files: readonly Pick<FileOfDraft, "kind">[]): "code" | "place" | "after" | null {
  if (words.code === "") return "code";
  if (words.place === null) return "place";
  return words.spot && !files.some(({ kind }) => kind === "after") ? "after" : null;
}
