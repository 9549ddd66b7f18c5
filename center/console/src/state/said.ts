/** What the console says after an action: shown for a while, and read out by screen readers. */

import { signal } from "@preact/signals";

export interface Said {
  id: number;
  text: string;
}

const SHOWN_MS = 9000;
let id = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

export const said = signal<Said | null>(null);

/** Say that an action was done. What went wrong stands where it was done, until it is mended. */
export function say(text: string): void {
  clearTimeout(timer);
  id += 1;
  said.value = { id, text };
  timer = setTimeout(unsay, SHOWN_MS);
}

export function unsay(): void {
  said.value = null;
}
