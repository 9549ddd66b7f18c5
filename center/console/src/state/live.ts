/** The one picture of this page, kept by the feed; components watch its signals. */

import { batch, computed, signal } from "@preact/signals";
import { center, Refused, type SessionEnd } from "../api/client";
import { type Connection, Feed } from "../api/feed";
import type { Camera, Case, LiveMessage, NoticesChanged, RuleEvent, SessionInfo, SystemStatus } from "../api/types";
import { newestFirst } from "./case-list";
import { Picture } from "./picture";
import { noticeTouches, presence } from "./presence";

const SAMPLES = 300;

export interface Sample {
  at: number;
  rate: number | null;
  lagP50: number | null;
  lagP99: number | null;
}

export interface Toast {
  id: number;
  what: "opened" | "restored";
  cases: Case[];
}

export const picture = new Picture();

/** Who is signed on; undefined until that is known. */
export const session = signal<SessionInfo | null | undefined>(undefined);
/** Why the session ended that there was; null before one has. */
export const sessionEnded = signal<SessionEnd | null>(null);
export const connection = signal<Connection>("connecting");
/** Counts how often the feed came back: whoever keeps answers of the API asks again, for changes were missed. */
export const reconnections = signal(0);
/** Counts how often the notices of whoever is signed on have changed. */
export const noticesChanged = signal(0);
/** Counts messages: whoever shows entities is drawn again with it. */
export const version = signal(0);
export const openCases = signal<Case[]>([]);
/** Open cases that the feed does not have, because there are too many. */
export const casesLeftOut = signal(0);
export const endedCases = signal<Case[]>([]);
export const stills = signal<ReadonlyMap<string, string>>(new Map());
/** What rules found, newest first; the feed tells the last hundreds. */
export const ruleEvents = signal<RuleEvent[]>([]);
export const status = signal<SystemStatus | null>(null);
export const cameras = signal<Camera[]>([]);
/** Whether the list of cameras has come. */
export const camerasKnown = signal(false);
export const samples = signal<Sample[]>([]);
export const toasts = signal<Toast[]>([]);
/** Time of the newest message, by the center's clock; 0 before the first. */
export const heardAt = signal(0);
/** The center's time now, once a second. */
export const now = signal(Date.now());

/** When the session ends unless somebody touches the console, if that is soon. */
export const endsSoonMs = computed(() => {
  void now.value; // once a second
  return session.value ? presence.endsSoonMs(Date.now(), session.value.idle_s) : null;
});

/** Whether what is shown is old. */
export const isOld = computed(() => connection.value === "lost" || connection.value === "crowded" || (status.value?.waiting ?? null) !== null);

export const casesByNumber = computed(() => new Map(openCases.value.map((found) => [found.number, found])));

/** How many open cases there are. */
export const openCount = computed(() => openCases.value.length + casesLeftOut.value);

/** Whether whoever is signed on may do something somewhere; the center decides about each thing. */
export const may = (right: string): boolean => session.value?.rights.includes(right) ?? false;

let clockAheadMs = 0;
let toastId = 0;

/** Seconds of the page's clock: what motion is reckoned in. */
export const pageS = (): number => performance.now() / 1000;

const feed = new Feed(center, take, (state) => {
  if (connection.value === state) return;
  const cameBack = state === "live" && connection.value !== "connecting";
  batch(() => {
    connection.value = state;
    if (cameBack) reconnections.value += 1;
  });
});

function take(message: LiveMessage | NoticesChanged): void {
  if (message.type === "notices") {
    noticesChanged.value += 1;
    return;
  }
  const changes = picture.apply(message, pageS());
  batch(() => {
    const sentAt = Date.parse(message.at);
    clockAheadMs = sentAt - Date.now();
    heardAt.value = sentAt;
    version.value += 1;
    if (changes.cases) {
      openCases.value = [...picture.cases.values()].sort(newestFirst);
      endedCases.value = [...picture.ended.values()];
      casesLeftOut.value = picture.casesLeftOut;
    }
    if (message.stills.length > 0 || message.type === "snapshot") {
      stills.value = new Map(picture.stills);
      if (message.stills.some((still) => !cameras.value.some((known) => known.camera === still.camera))) loadCameras();
    }
    if (message.rule_events.length > 0 || message.type === "snapshot") ruleEvents.value = [...picture.ruleEvents.values()].reverse();
    if (message.status !== null) {
      status.value = message.status;
      sample(message.status);
    }
    announce("opened", changes.opened);
    announce("restored", changes.restored);
  });
}

function sample(from: SystemStatus): void {
  const last = samples.value.at(-1);
  const at = Date.parse(from.at);
  if (last !== undefined && at - last.at < 900) return;
  const one = { at, rate: from.messages_per_s, lagP50: from.lag_p50_s, lagP99: from.lag_p99_s };
  samples.value = [...samples.value.slice(1 - SAMPLES), one];
}

function announce(what: Toast["what"], cases: Case[]): void {
  if (cases.length === 0) return;
  const toast = { id: ++toastId, what, cases };
  toasts.value = [...toasts.value.slice(-2), toast];
  setTimeout(() => dismiss(toast.id), 12_000);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

let loadingCameras = false;

export function loadCameras(): void {
  if (loadingCameras || !may("camera.read")) return;
  loadingCameras = true;
  center
    .cameras()
    .then((answer) => {
      cameras.value = answer.cameras;
      camerasKnown.value = true;
    })
    .catch((error: unknown) => {
      if (!(error instanceof Refused && error.status === 401)) setTimeout(loadCameras, 5000);
    })
    .finally(() => {
      loadingCameras = false;
    });
}

export function begin(info: SessionInfo): void {
  batch(() => {
    session.value = info;
    sessionEnded.value = null;
  });
  if (may("live.read")) feed.start();
  else connection.value = "none";
  loadCameras();
}

export function end(why: SessionEnd | null): void {
  feed.stop();
  picture.clear();
  batch(() => {
    session.value = null;
    sessionEnded.value = why;
    openCases.value = [];
    casesLeftOut.value = 0;
    endedCases.value = [];
    stills.value = new Map();
    ruleEvents.value = [];
    status.value = null;
    cameras.value = [];
    samples.value = [];
    toasts.value = [];
    heardAt.value = 0;
  });
}

export async function signOff(): Promise<void> {
  await center.signOff().catch(() => {}); // the session may have ended already
  end(null);
}

/** Find out who is signed on, and keep the clock going. */
export function wake(): void {
  setInterval(() => {
    now.value = Date.now() + clockAheadMs;
  }, 1000);
  setInterval(loadCamerasAgain, 30_000);
  center.onSignedOut = (why) => {
    if (session.value !== null) end(session.value === undefined ? null : why);
  };
  center.isThere = () => presence.isThere(Date.now());
  noticeTouches(() => {
    if (session.value) void center.session().catch(() => {}); // what it says is said by the feed too
  });
  ask(0);
}

/** A camera's state isn't on the feed. */
function loadCamerasAgain(): void {
  if (session.value && !document.hidden && (connection.value === "live" || connection.value === "none")) loadCameras();
}

function ask(attempt: number): void {
  center.session().then(begin, (error: unknown) => {
    if (error instanceof Refused && error.status === 401) {
      session.value = null;
      return;
    }
    connection.value = "lost";
    setTimeout(() => ask(attempt + 1), Math.min(10_000, 500 * 2 ** attempt));
  });
}
