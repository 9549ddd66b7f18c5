/** The live feed: a WebSocket that comes back by itself. Each connection begins with a snapshot. */

import { sessionEnd, type Center } from "./client";
import type { LiveMessage, NoticesChanged } from "./types";

/**
 * `connecting` the first time, `lost` when there was a picture and it is old now, `crowded` when there are too many feeds,
 * `none` for an account without the right to the feed: its pages ask every now and then.
 */
export type Connection = "connecting" | "live" | "lost" | "crowded" | "none";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const SILENCE_MS = 45_000;
/** As if so many attempts had failed: the longest pause. */
const MANY_ATTEMPTS = 10;
const SESSION_ENDED = 4401;
const TOO_MANY = 4429;

/** How long to wait before the n-th attempt: doubling, with a spread so that browsers don't come back at once. */
export function pauseMs(attempt: number, random: () => number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + random() / 2);
}

/** Keeps one connection to the feed for as long as it is started. */
export class Feed {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private running = false;

  constructor(
    private readonly center: Center,
    private readonly onMessage: (message: LiveMessage | NoticesChanged) => void,
    private readonly onConnection: (connection: Connection) => void,
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.attempt = 0;
    addEventListener("online", this.hurry);
    addEventListener("offline", this.drop);
    document.addEventListener("visibilitychange", this.hurry);
    this.onConnection("connecting");
    this.connect();
  }

  stop(): void {
    this.running = false;
    removeEventListener("online", this.hurry);
    removeEventListener("offline", this.drop);
    document.removeEventListener("visibilitychange", this.hurry);
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.abandon();
  }

  /** The network is back, or somebody looks again: don't sit out the pause. */
  private readonly hurry = (): void => {
    if (!this.running || this.socket !== null || document.hidden) return;
    clearTimeout(this.timer);
    this.connect();
  };

  private readonly drop = (): void => {
    if (this.socket !== null) this.lost();
  };

  private connect(): void {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/live`);
    this.socket = socket;
    this.listenForSilence();
    socket.onmessage = (event: MessageEvent<string>) => {
      this.attempt = 0;
      this.listenForSilence();
      this.onMessage(JSON.parse(event.data) as LiveMessage | NoticesChanged);
      this.onConnection("live");
    };
    socket.onclose = (event) => {
      if (event.code === SESSION_ENDED) {
        this.stop();
        this.center.session().then(
          () => this.center.onSignedOut("ended"),
          (error: unknown) => this.center.onSignedOut(sessionEnd(error) ?? "ended"),
        );
      } else {
        this.lost(event.code === TOO_MANY ? "crowded" : "lost");
      }
    };
  }

  /** A quiet connection may be a dead one; a fresh snapshot costs little. */
  private listenForSilence(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(this.drop, SILENCE_MS);
  }

  private lost(how: Connection = "lost"): void {
    this.abandon();
    clearTimeout(this.silence);
    if (!this.running) return;
    this.onConnection(how);
    if (how === "crowded") this.attempt = MANY_ATTEMPTS;
    // A refused upgrade doesn't say why; asking for the session does.
    if (this.attempt > 0) this.askForSession();
    this.timer = setTimeout(() => this.connect(), pauseMs(this.attempt, Math.random));
    this.attempt += 1;
  }

  private askForSession(): void {
    this.center.session().catch((error: unknown) => {
      const end = sessionEnd(error);
      if (end !== null && this.running) this.center.onSignedOut(end);
    });
  }

  private abandon(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
