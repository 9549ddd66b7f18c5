/** Drafts of whoever is signed on, and their sending: one after the other, each once. */

import { batch, computed, signal } from "@preact/signals";
import { center, type Part, Refused, Unreachable } from "../api/client";
import type { CaseDetail } from "../api/types";
import { newKey } from "../state/drafts";
import { session } from "../state/live";
import { bodyOf } from "../state/report";
import { again, changed, type Draft, type FileKind, isDue, isOver, newDraft, type Outcome, partOf, released, type ReportWords, settled, type StepWords, tried, type What } from "./draft";
import { confirmed, isOnline } from "./session";
import { draftNow, draftsOf, dropDraft, filesOf, finishDraft, keepDraft, keepFile, replaceDraft, type StoredFile } from "./storage";

export const drafts = signal<readonly Draft[]>([]);
/** Whether they have been read. */
export const areRead = signal(false);
/** The draft that the person wants to write further; null for the newest one. */
export const chosen = signal<string | null>(null);
/** The one that is being sent. */
export const sending = signal<string | null>(null);
/** Counts what was received: whoever shows cases asks again. */
export const received = signal(0);

export const unsent = computed(() => drafts.value.filter(({ state }) => state !== "sent"));

const LOOK_EVERY_MS = 5_000;
/** Of all windows of this browser, one sends. */
const LOCK = "streetwarden-phone-outbox";

/** Read what an account has written; another account's stays unread. */
export async function readDrafts(): Promise<void> {
  const login = session.value?.login;
  const found = login === undefined ? [] : await draftsOf(login);
  if (session.value?.login !== login) return;
  const over = found.filter((one) => isOver(one, Date.now()));
  batch(() => {
    drafts.value = found.filter((one) => !over.includes(one));
    areRead.value = login !== undefined;
  });
  for (const { id } of over) void dropDraft(id).catch(() => {});
}

export const begin = (login: string, what: What): Draft => newDraft(newKey(), login, what, Date.now());

const show = (draft: Draft): void => {
  const others = drafts.value.filter(({ id }) => id !== draft.id);
  drafts.value = draft.login === session.value?.login ? [...others, draft].sort((one, other) => one.beganMs - other.beganMs) : others;
};

/** Write a draft further. @throws NoRoom, NoStorage */
export async function write(draft: Draft, what: What): Promise<Draft> {
  const next = changed(draft, what, Date.now());
  await keepDraft(next);
  show(next);
  return next;
}

/** Add a file to a draft, and keep both. @throws NoRoom, NoStorage */
export async function addFile(draft: Draft, kind: FileKind, name: string, content: Blob): Promise<StoredFile> {
  const kept = await keepFile(draft, kind, name, content);
  show(draft);
  return kept;
}

/** To be sent as soon as there is a network. */
export async function release(draft: Draft): Promise<void> {
  const next = released(draft, Date.now());
  await keepDraft(next);
  show(next);
  void send();
}

/** Sent again by the person's will although the center may have it. */
export async function sendAgain(draft: Draft): Promise<void> {
  const next = draft.state === "doubtful" ? again(draft, newKey(), Date.now()) : released(draft, Date.now());
  if (next.id === draft.id) await keepDraft(next);
  else await replaceDraft(draft.id, next);
  await readDrafts();
  void send();
}

export async function discard(draft: Draft): Promise<void> {
  await dropDraft(draft.id);
  drafts.value = drafts.value.filter(({ id }) => id !== draft.id);
}

/** Send what is due, whenever there is something, a network and a session. */
export function keepSending(): void {
  setInterval(() => void send(), LOOK_EVERY_MS);
  addEventListener("online", () => void sendAtOnce());
}

/** A network is back: pauses after failed attempts are over. */
async function sendAtOnce(): Promise<void> {
  for (const draft of drafts.value) if (draft.state === "waiting") show({ ...draft, notBeforeMs: 0 });
  await send();
}

let busy = false;

export async function send(): Promise<void> {
  if (busy || confirmed.value === null || !drafts.value.some((one) => isDue(one, Date.now()))) return;
  busy = true;
  try {
    if (navigator.locks === undefined) await sendDue();
    else await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => (lock === null ? undefined : sendDue()));
  } finally {
    busy = false;
  }
}

async function sendDue(): Promise<void> {
  for (const { id } of drafts.value.filter((one) => isDue(one, Date.now()))) {
    const login = confirmed.value?.login;
    const stored = await draftNow(id); // another window may have sent it, or have written it further
    if (login === undefined || stored === undefined || stored.login !== login || stored.state !== "waiting") {
      await readDrafts();
      continue;
    }
    if (!(await sendOne(stored))) return;
  }
}

/** Whether the next one may be tried. */
async function sendOne(draft: Draft): Promise<boolean> {
  const attempt = tried(draft, Date.now(), center.aheadMs);
  await keepDraft(attempt);
  show(attempt);
  if (attempt.state === "doubtful") return true;
  sending.value = attempt.id;
  let outcome: Outcome;
  try {
    outcome = await request(attempt, await filesOf(attempt.id));
  } finally {
    sending.value = null;
  }
  const after = settled(attempt, outcome, Date.now());
  if (after.state === "sent") {
    await finishDraft(after);
    received.value += 1;
  } else await keepDraft(after);
  show(after);
  return outcome.kind === "sent" || outcome.kind === "refused";
}

async function request(draft: Draft, files: readonly StoredFile[]): Promise<Outcome> {
  try {
    return draft.what.kind === "report" ? await sendReport(draft, draft.what.words, files) : await sendStep(draft, draft.what.words, files);
  } catch (error) {
    return outcomeOf(error);
  }
}

const SPOT = "self_handle";

/** Dealt with on the spot is a report and then a step of its case, which has the pictures of after. */
async function sendReport(draft: Draft, words: ReportWords, files: readonly StoredFile[]): Promise<Outcome> {
  const [set = "", category = "", code = ""] = words.code.split("/");
  const isAfter = (file: StoredFile): boolean => words.spot && file.kind === "after";
  const body = {
    ...bodyOf(
      { source: "patrol", code: words.code, condition: words.condition, level: words.level, title: "", description: words.description, component: "", caller: "", telephone: "", call_back: false, public: false, called_at: "", same: "" },
      { code_set: set, category: category as never, code },
      words.place ?? { lat: 0, lon: 0 },
    ),
    observed_at: draft.observedAt,
  };
  const made = await center.reportWith(body, files.filter((file) => !isAfter(file)).map(asPart), draft.id);
  const { number } = made.case;
  const joined = made.events.some(({ action }) => action === "join");
  if (!words.spot) return { kind: "sent", number, joined };
  const refused = await handledOnTheSpot(made, words, files.filter(isAfter), draft.id);
  return refused === null ? { kind: "sent", number, joined } : { kind: "sent", number, joined, problem: refused };
}

async function handledOnTheSpot(made: CaseDetail, words: ReportWords, files: readonly StoredFile[], key: string): Promise<{ code: string; detail: string } | null> {
  const { number, sequence } = made.case;
  const note = words.description.trim();
  const wanted = { action: SPOT, expected_sequence: sequence, ...(note === "" ? {} : { note }) };
  try {
    await center.actWith(number, wanted, files.map(asPart), `${key}.spot`);
    return null;
  } catch (error) {
    if (error instanceof Refused && !isForLater(error)) return { code: error.problem.code, detail: error.problem.detail };
    throw error; // the report is sent again with it, under the same key
  }
}

async function sendStep(draft: Draft, words: StepWords, files: readonly StoredFile[]): Promise<Outcome> {
  const after = await center.actWith(words.number, { action: words.action, expected_sequence: words.sequence, ...words.given }, files.map(asPart), draft.id);
  return { kind: "sent", number: after.case.number, joined: false };
}

const asPart = ({ kind, name, blob }: StoredFile): Part => ({ part: partOf(kind), name, content: blob });

/** Refusals that say nothing of what was sent: too much at once, a defect, a session token that is not valid any more. */
const isForLater = ({ status, problem }: Refused): boolean => status === 429 || status >= 500 || problem.code === "csrf" || problem.code === "cut_off";

export function outcomeOf(error: unknown): Outcome {
  if (error instanceof Refused) {
    if (error.status === 401) return { kind: "signed-out" };
    if (isForLater(error)) return { kind: "later", afterS: error.retryAfterS };
    return { kind: "refused", code: error.problem.code, detail: error.problem.detail };
  }
  if (error instanceof Unreachable) return { kind: "later", afterS: null };
  return { kind: "refused", code: "defect", detail: String(error) };
}

/** Whether what waits could be sent now. */
export const canSend = computed(() => isOnline.value && confirmed.value !== null);
