/** Reports where the phone is while the page is open, unless the person has switched it off. */

import { signal } from "@preact/signals";
import { center, Refused } from "../api/client";
import type { Phone, PhoneFix } from "../api/types";
import { distanceM } from "../geometry";
import { type Fix, onFix, watchPlace } from "./gps";
import { confirmed } from "./session";
import { dropFixes, keepFix, type StoredFix, storedFixes } from "./storage";

/** The phone of whoever is signed on; null until it is known. */
export const phone = signal<Phone | null>(null);
/** Whether the person wants it. */
export const wanted = signal(true);
/** Fixes that are not sent yet. */
export const waitingFixes = signal(0);

const MAX_IN_A_REQUEST = 400;
/** A shift of eight hours, at a fix every 10 s, with room; the oldest go first. */
export const MAX_KEPT = 5000;
const MOVED_M = 20;
const MIN_MS = 2_000;
const FASTEST_MPS = 300;
const PREFERENCE = "streetwarden.positions";

/** Whether a fix says something new: time has passed, or the phone has moved. */
export function isNews(before: Fix | null, next: Fix, everyS: number): boolean {
  if (before === null) return true;
  const ms = next.timeMs - before.timeMs;
  return ms >= everyS * 1000 || (ms >= MIN_MS && distanceM(before, next) >= MOVED_M);
}

/** As the center takes it. @param aheadMs how far the center's clock is ahead. */
export const reported = ({ fix }: Pick<StoredFix, "fix">, aheadMs: number): PhoneFix => ({
  time: new Date(fix.timeMs + aheadMs).toISOString(),
  lat: fix.lat,
  lon: fix.lon,
  accuracy_m: fix.accuracyM,
  speed_mps: fix.speedMps !== null && fix.speedMps >= 0 && fix.speedMps <= FASTEST_MPS ? fix.speedMps : null,
  heading_deg: fix.headingDeg,
});

const nameOf = (login: string): string => `${PREFERENCE}.${encodeURIComponent(login)}`;

export function setWanted(value: boolean): void {
  wanted.value = value;
  try {
    localStorage.setItem(nameOf(confirmed.peek()?.login ?? ""), value ? "on" : "off");
  } catch {
    // storage may be forbidden; then it holds as long as the page
  }
  void begin();
}

/** Whether positions are reported now. */
export const isOn = (): boolean => wanted.value && phone.value !== null && phone.value.reports && phone.value.device !== null;

let last: Fix | null = null;

/** Called when somebody has signed on. */
export async function begin(): Promise<void> {
  const login = confirmed.value?.login;
  if (login === undefined) {
    phone.value = null;
    return;
  }
  try {
    wanted.value = localStorage.getItem(nameOf(login)) !== "off";
  } catch {
    // As above.
  }
  phone.value = await center.phone().catch(() => phone.value);
  if (isOn()) watchPlace();
}

let timer: ReturnType<typeof setTimeout> | undefined;

export function reportPositions(): void {
  onFix((fix) => {
    const login = confirmed.value?.login;
    if (login === undefined || !isOn() || !isNews(last, fix, phone.value?.every_s ?? 0)) return;
    last = fix;
    void keepFix(login, fix, MAX_KEPT).catch(() => {}); // without room a report of a problem comes first
  });
  const again = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void send().finally(again), (phone.value?.every_s ?? 20) * 1000);
  };
  again();
}

/** Send what is kept, the oldest first. */
async function send(): Promise<void> {
  const login = confirmed.value?.login;
  if (login === undefined || !isOn()) return;
  const kept = await storedFixes(login, MAX_IN_A_REQUEST);
  waitingFixes.value = kept.length;
  if (kept.length === 0) return;
  try {
    await center.positions(kept.map((one) => reported(one, center.aheadMs)));
  } catch (error) {
    // What the center will never take is not kept; what it cannot take now is.
    if (!(error instanceof Refused && error.status === 422)) return;
  }
  await dropFixes(kept.map(({ key }) => key));
  waitingFixes.value = 0;
}
