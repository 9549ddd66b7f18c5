/**
 * What somebody has begun to write about a case. It is kept until the step is taken or given up, so that neither
 * another person's step, nor the end of the session, nor a reload loses it.
 */

import { signal } from "@preact/signals";

/** A form of a step, as far as it is filled in: its fields by name. `action` is empty while no form is open. */
export interface Draft {
  action: string;
  fields: Record<string, string>;
}

const PREFIX = "streetwarden.draft";
/** Storage may be forbidden or full; then a draft lasts as long as the page. */
const inPage = new Map<string, string>();

/** Counts changes: whoever shows a draft is drawn again with it. */
export const draftsChanged = signal(0);

/** Of this person and case; another person at the same window never sees it. */
export function draftOf(login: string, number: string): Draft | null {
  void draftsChanged.value;
  const name = nameOf(login, number);
  try {
    const text = inPage.get(name) ?? sessionStorage.getItem(name);
    const draft = text === null ? null : (JSON.parse(text) as Partial<Draft>);
    return draft !== null && typeof draft.action === "string" && typeof draft.fields === "object"
      ? (draft as Draft)
      : null;
  } catch {
    return null;
  }
}

export function keepDraft(login: string, number: string, draft: Draft): void {
  const [name, text] = [nameOf(login, number), JSON.stringify(draft)];
  try {
    sessionStorage.setItem(name, text);
    inPage.delete(name);
  } catch {
    inPage.set(name, text);
  }
  draftsChanged.value += 1;
}

export function dropDraft(login: string, number: string): void {
  const name = nameOf(login, number);
  inPage.delete(name);
  try {
    sessionStorage.removeItem(name);
  } catch {
    // As above.
  }
  draftsChanged.value += 1;
}

/** A name for one request, such that no two are the same. `randomUUID` is missing on pages without TLS. */
export const newKey = (): string => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const nameOf = (login: string, number: string): string => `${PREFIX}.${encodeURIComponent(login)}.${number}`;
