import { describe, expect, it } from "vitest";
import { Refused, sessionEnd, Unreachable } from "../src/api/client";
import { refusal } from "../src/parts/password-form";
import { Presence } from "../src/state/presence";
import { language } from "../src/state/preferences";

const MINUTE = 60_000;

class Shared {
  kept: Record<string, string> = {};
  getItem = (key: string): string | null => this.kept[key] ?? null;
  setItem = (key: string, value: string): void => {
    this.kept[key] = value;
  };
}

const refused = (status: number, code: string): Refused =>
  new Refused(status, { type: "about:blank", title: "", status, detail: "in English", code }, null);

describe("whether somebody is there", () => {
  it("is known by touches, for a minute", () => {
    const presence = new Presence(0, null);
    expect(presence.isThere(59_999)).toBe(true);
    expect(presence.isThere(MINUTE)).toBe(false);
    presence.touch(MINUTE);
    expect(presence.isThere(MINUTE)).toBe(true);
  });

  it("is known of other windows too", () => {
    const shared = new Shared();
    const [here, there] = [new Presence(0, shared), new Presence(0, shared)];
    there.touch(10 * MINUTE);
    expect(here.isThere(10 * MINUTE)).toBe(true);
    expect(here.isThere(9 * MINUTE)).toBe(false); // another window's clock that runs ahead is not believed
  });

  it("goes on where the browser forbids storage", () => {
    const forbid = (): never => {
      throw new Error("forbidden");
    };
    const presence = new Presence(0, { getItem: forbid, setItem: forbid });
    presence.touch(MINUTE);
    expect(presence.isThere(MINUTE)).toBe(true);
  });

  it("is asked for two minutes before the session ends", () => {
    const presence = new Presence(0, null);
    expect(presence.endsSoonMs(57 * MINUTE, 3600)).toBeNull();
    expect(presence.endsSoonMs(58 * MINUTE, 3600)).toBe(60 * MINUTE);
    presence.touch(59 * MINUTE);
    expect(presence.endsSoonMs(59 * MINUTE, 3600)).toBeNull();
    expect(new Presence(0, null).endsSoonMs(0, 60)).toBeNull();
  });
});

describe("an ended session", () => {
  it("says why", () => {
    expect(sessionEnd(refused(401, "session_idle"))).toBe("idle");
    expect(sessionEnd(refused(401, "not_signed_on"))).toBe("ended");
    expect(sessionEnd(refused(403, "csrf"))).toBeNull();
    expect(sessionEnd(new Unreachable("gone"))).toBeNull();
  });
});

describe("a password that is refused", () => {
  it.each(["en", "zh"] as const)("is told in words of the language: %s", (chosen) => {
    language.value = chosen;
    const told = ["password_too_short", "password_too_common", "wrong_password", "too_many_attempts", "sign_on_busy"].map((code) =>
      refusal(refused(422, code)),
    );
    expect(new Set(told).size).toBe(told.length);
    for (const text of told) expect(text).not.toContain("in English");
    language.value = "en";
  });
});
