/** Who is signed on at this phone, with and without a network. */

import { batch, signal } from "@preact/signals";
import { center, Refused, type SessionEnd } from "../api/client";
import type { SessionInfo } from "../api/types";
import { now, session, sessionEnded } from "../state/live";
import { noticeTouches, presence } from "../state/presence";
import { forgetAnswers, keepSession, lastSession } from "./storage";

/** Whether the center has answered the newest request, or may do so. */
export const isOnline = signal(true);

const ASK_AGAIN_MS = 15_000;

/** The session of the center; null while it is only remembered, so that nothing is sent under another account's name. */
export const confirmed = signal<SessionInfo | null>(null);

export function begun(info: SessionInfo): void {
  batch(() => {
    session.value = info;
    sessionEnded.value = null;
    confirmed.value = info;
  });
  void keepSession(info).catch(() => {});
}

/** What was written stays, for the account that wrote it. */
function ended(why: SessionEnd | null): void {
  batch(() => {
    session.value = null;
    sessionEnded.value = why;
    confirmed.value = null;
  });
}

export async function signOff(): Promise<void> {
  const login = session.value?.login;
  await center.signOff().catch(() => {}); // without a network the session ends when nobody uses it
  ended(null);
  await keepSession(null).catch(() => {});
  if (login !== undefined) await forgetAnswers(login).catch(() => {});
}

/** Find out who is signed on; without a network it is who was so last, until that session would have ended. */
export async function wake(): Promise<void> {
  setInterval(() => {
    now.value = Date.now() + center.aheadMs;
  }, 1000);
  center.onAnswer = (came) => {
    isOnline.value = came;
  };
  center.onSignedOut = (why) => {
    if (session.value !== null) ended(why);
  };
  center.isThere = () => presence.isThere(Date.now());
  noticeTouches(() => void confirm());
  addEventListener("online", () => void confirm());
  addEventListener("offline", () => {
    isOnline.value = false;
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void confirm();
  });
  setInterval(() => {
    if (confirmed.value === null && session.value !== null && !document.hidden) void confirm();
  }, ASK_AGAIN_MS);
  await confirm();
}

async function confirm(): Promise<void> {
  try {
    begun(await center.session());
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      if (session.value !== null) ended(session.value === undefined ? null : "ended");
      return;
    }
    if (session.value !== undefined) return; // the center is away: who is signed on stays so
    const last = await lastSession().catch(() => null);
    session.value = last !== null && Date.parse(last.expires_at) > Date.now() ? { ...last, csrf_token: "" } : null;
  }
}
