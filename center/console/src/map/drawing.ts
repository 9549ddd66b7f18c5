/** How the map is doing, for the page about the system. */

import { signal } from "@preact/signals";

export const drawing = signal<{ things: number; hz: number } | null>(null);
