/** What the phone keeps: drafts with their files, what was last seen of the center, and who is signed on. */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { SessionInfo } from "../api/types";
import type { Draft, FileKind, FileOfDraft } from "./draft";
import type { Fix } from "./gps";

/** A file of a draft. */
export interface StoredFile extends FileOfDraft {
  name: string;
  blob: Blob;
}

/** A fix of the phone that is not sent yet. */
export interface StoredFix {
  key: number;
  login: string;
  fix: Fix;
}

/** An answer of the center, to be shown while there is no network. `login` is empty for what everybody may see. */
interface Kept {
  name: string;
  login: string;
  value: unknown;
  atMs: number;
}

interface Phone extends DBSchema {
  drafts: { key: string; value: Draft; indexes: { login: string } };
  files: { key: number; value: Omit<StoredFile, "key"> & { key?: number }; indexes: { draft: string } };
  answers: { key: [string, string]; value: Kept };
  fixes: { key: number; value: Omit<StoredFix, "key"> & { key?: number }; indexes: { login: string } };
  session: { key: "last"; value: Omit<SessionInfo, "csrf_token"> };
}

/** The phone's storage is full; what was to be kept was not. */
export class NoRoom extends Error {}

/** The browser lets the page keep nothing. */
export class NoStorage extends Error {}

let opened: Promise<IDBPDatabase<Phone>> | null = null;

function database(): Promise<IDBPDatabase<Phone>> {
  opened ??= openDB<Phone>("streetwarden-phone", 2, {
    upgrade(made, before) {
      if (before < 2) made.createObjectStore("fixes", { keyPath: "key", autoIncrement: true }).createIndex("login", "login");
      if (before >= 1) return;
      made.createObjectStore("drafts", { keyPath: "id" }).createIndex("login", "login");
      made.createObjectStore("files", { keyPath: "key", autoIncrement: true }).createIndex("draft", "draft");
      made.createObjectStore("answers", { keyPath: ["login", "name"] });
      made.createObjectStore("session");
    },
    terminated() {
      opened = null; // the browser has closed it; the next use opens it again
    },
  }).catch((error: unknown) => {
    opened = null;
    throw new NoStorage(String(error));
  });
  return opened;
}

/** What was written is on the disk when it has been reported done, so that a killed browser loses nothing. */
const STRICT = { durability: "strict" } as const;

/** @throws NoRoom, NoStorage */
async function write<Result>(work: (database: IDBPDatabase<Phone>) => Promise<Result>): Promise<Result> {
  const found = await database();
  try {
    return await work(found);
  } catch (error) {
    if (error instanceof DOMException && (error.name === "QuotaExceededError" || error.name === "AbortError")) throw new NoRoom(error.message);
    throw error;
  }
}

/** Drafts of an account, oldest first. Others are never read. */
export async function draftsOf(login: string): Promise<Draft[]> {
  const found = await (await database()).getAllFromIndex("drafts", "login", login);
  return found.sort((one, other) => one.beganMs - other.beganMs);
}

/** As it is now, also for other windows of this browser; undefined if it is gone. */
export const draftNow = async (id: string): Promise<Draft | undefined> => (await database()).get("drafts", id);

/** @throws NoRoom */
export const keepDraft = (draft: Draft): Promise<void> =>
  write(async (found) => {
    const transaction = found.transaction("drafts", "readwrite", STRICT);
    void transaction.store.put(draft);
    await transaction.done;
  });

/** A draft that takes the place of another, whose files it takes over. */
export const replaceDraft = (old: string, draft: Draft): Promise<void> =>
  write(async (found) => {
    const transaction = found.transaction(["drafts", "files"], "readwrite", STRICT);
    void transaction.objectStore("drafts").delete(old);
    void transaction.objectStore("drafts").put(draft);
    for await (const cursor of transaction.objectStore("files").index("draft").iterate(old)) void cursor.update({ ...cursor.value, draft: draft.id });
    await transaction.done;
  });

/** A draft whose files are no longer needed: it has been received. */
export const finishDraft = (draft: Draft): Promise<void> =>
  write(async (found) => {
    const transaction = found.transaction(["drafts", "files"], "readwrite", STRICT);
    void transaction.objectStore("drafts").put(draft);
    for await (const cursor of transaction.objectStore("files").index("draft").iterate(draft.id)) void cursor.delete();
    await transaction.done;
  });

export const dropDraft = (id: string): Promise<void> =>
  write(async (found) => {
    const transaction = found.transaction(["drafts", "files"], "readwrite", STRICT);
    void transaction.objectStore("drafts").delete(id);
    for await (const cursor of transaction.objectStore("files").index("draft").iterate(id)) void cursor.delete();
    await transaction.done;
  });

/** Keep a file with its draft, both or neither. @throws NoRoom */
export const keepFile = (draft: Draft, kind: FileKind, name: string, blob: Blob): Promise<StoredFile> =>
  write(async (found) => {
    const transaction = found.transaction(["drafts", "files"], "readwrite", STRICT);
    void transaction.objectStore("drafts").put(draft);
    const file = { draft: draft.id, kind, name, size: blob.size, blob };
    const key = await transaction.objectStore("files").add(file);
    await transaction.done;
    return { ...file, key };
  });

export async function filesOf(draft: string): Promise<StoredFile[]> {
  return (await (await database()).getAllFromIndex("files", "draft", draft)) as StoredFile[];
}

export const dropFile = (key: number): Promise<void> => write((found) => found.delete("files", key));

/** Keep a fix; of more than `most`, the oldest goes. */
export const keepFix = (login: string, fix: Fix, most: number): Promise<void> =>
  write(async (found) => {
    const transaction = found.transaction("fixes", "readwrite");
    void transaction.store.add({ login, fix });
    if ((await transaction.store.index("login").count(login)) > most) {
      const oldest = await transaction.store.index("login").openCursor(login);
      void oldest?.delete();
    }
    await transaction.done;
  });

/** The oldest fixes of an account. */
export const storedFixes = async (login: string, most: number): Promise<StoredFix[]> => (await (await database()).getAllFromIndex("fixes", "login", login, most)) as StoredFix[];

export const dropFixes = (keys: readonly number[]): Promise<void> =>
  write(async (found) => {
    const transaction = found.transaction("fixes", "readwrite");
    for (const key of keys) void transaction.store.delete(key);
    await transaction.done;
  });

export async function keptAnswer<Value>(login: string, name: string): Promise<{ value: Value; atMs: number } | null> {
  const found = await (await database()).get("answers", [login, name]);
  return found === undefined ? null : { value: found.value as Value, atMs: found.atMs };
}

export const keepAnswer = (login: string, name: string, value: unknown, atMs: number): Promise<unknown> =>
  write((found) => found.put("answers", { name, login, value, atMs }));

/** Forget what an account has seen; its drafts stay. */
export async function forgetAnswers(login: string): Promise<void> {
  await (await database()).delete("answers", IDBKeyRange.bound([login], [login, []]));
}

/** Who was signed on last, for the time without a network; null after signing off. */
export const lastSession = async (): Promise<Omit<SessionInfo, "csrf_token"> | null> => (await (await database()).get("session", "last")) ?? null;

export async function keepSession(info: SessionInfo | null): Promise<void> {
  const found = await database();
  if (info === null) {
    await found.delete("session", "last");
    return;
  }
  const { csrf_token: _, ...kept } = info;
  await found.put("session", kept, "last");
}

/** Ask the browser not to clear what is kept when it needs room; megabytes used and to be had, if it tells. */
export async function room(): Promise<{ usedMb: number; ofMb: number } | null> {
  if (navigator.storage === undefined) return null;
  void navigator.storage.persist?.().catch(() => false);
  const { usage, quota } = await navigator.storage.estimate();
  return usage === undefined || quota === undefined ? null : { usedMb: usage / 1_048_576, ofMb: quota / 1_048_576 };
}
