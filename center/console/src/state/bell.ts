/** The bell: the notices of whoever is signed on that nobody has acknowledged yet, and whether it sounds. */

import { signal } from "@preact/signals";
import { center } from "../api/client";
import type { Notice } from "../api/types";
import { session } from "./live";

const MOST = 100;

/** Notices that wait, newest first; of more than 100 the newest. */
export const notices = signal<readonly Notice[]>([]);
export const hasMore = signal(false);

/** Ask what waits; without an answer what was known stays. */
export async function ring(): Promise<void> {
  const login = session.peek()?.login;
  if (login === undefined) return;
  const page = await center.notices({ waiting: true, limit: MOST });
  if (session.peek()?.login !== login) return;
  notices.value = page.notices;
  hasMore.value = page.next_cursor !== null;
}

/** Another person at this browser has other notices. */
export function beginBell(): void {
  notices.value = [];
  hasMore.value = false;
}

/** Acknowledge; for a desk that counts for everybody there. What the center refuses comes back with the next answer. */
export async function acknowledge(ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  notices.value = notices.peek().filter(({ id }) => !ids.includes(id));
  await center.acknowledge(ids);
}
