import { describe, expect, it } from "vitest";
import { Refused, Unreachable } from "../../src/api/client";
import { again, changed, fileProblem, isDue, isOver, lacking, MAX_FILE_BYTES, MAX_FILES, newDraft, NO_REPORT, partOf, released, settled, tried, type Draft } from "../../src/phone/draft";
import { outcomeOf } from "../../src/phone/outbox";

const NOW = Date.parse("2026-11-24T08:00:00Z");
const DAY_MS = 86_400_000;
const report = (): Draft => newDraft("key-1", "mei", { kind: "report", words: NO_REPORT }, NOW);
const refusal = (status: number, code: string, retryAfterS: number | null = null): Refused =>
  new Refused(status, { type: "about:blank", title: "", status, detail: "it is wrong", code }, retryAfterS);

describe("a draft", () => {
  it("is sent only once the person has released it", () => {
    expect(isDue(report(), NOW)).toBe(false);
    expect(isDue(released(report(), NOW), NOW)).toBe(true);
    expect(isDue(changed(released(report(), NOW), report().what, NOW), NOW)).toBe(false);
  });

  it("keeps its key and what was sent with it over every failed attempt and every change", () => {
    let draft = tried(released(report(), NOW + 60_000), NOW + 60_000, 5_000);
    expect(draft.observedAt).toBe("2026-11-24T08:00:05.000Z"); // when its first word was written, by the center's clock
    draft = settled(draft, { kind: "later", afterS: null }, NOW + 61_000);
    draft = tried(draft, NOW + 120_000, 0);
    draft = settled(draft, { kind: "refused", code: "no_district", detail: "outside" }, NOW + 121_000);
    expect([draft.state, draft.problem?.code]).toEqual(["refused", "no_district"]);
    draft = tried(released(changed(draft, draft.what, NOW + 130_000), NOW + 140_000), NOW + 140_000, 0);
    expect([draft.id, draft.observedAt, draft.tries]).toEqual(["key-1", "2026-11-24T08:00:05.000Z", 3]);
  });

  it("waits longer after each failed attempt, and as long as the center asks for", () => {
    let draft = released(report(), NOW);
    const pauses = [];
    for (let turn = 0; turn < 8; turn += 1) {
      draft = tried(draft, NOW, 0);
      pauses.push((draft.notBeforeMs - NOW) / 1000);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
    expect(settled(draft, { kind: "later", afterS: 7 }, NOW).notBeforeMs).toBe(NOW + 7_000);
  });

  it("is not sent by itself when the center may have it and has forgotten its key", () => {
    const first = tried(released(report(), NOW), NOW, 0);
    expect(tried(first, NOW + 5 * DAY_MS, 0).state).toBe("waiting");
    const doubtful = tried(first, NOW + 7 * DAY_MS, 0);
    expect(doubtful.state).toBe("doubtful");
    expect(isDue(doubtful, NOW + 8 * DAY_MS)).toBe(false);
    expect(again(doubtful, "key-2", NOW)).toMatchObject({ id: "key-2", state: "waiting", firstTriedMs: null, observedAt: null });
  });

  it("is shown for a day after it was received", () => {
    const sent = settled(released(report(), NOW), { kind: "sent", number: "SW1", joined: false }, NOW);
    expect([isOver(sent, NOW + DAY_MS - 1), isOver(sent, NOW + DAY_MS + 1), isOver(report(), NOW + 9 * DAY_MS)]).toEqual([false, true, false]);
  });

  it("says what it lacks", () => {
    const place = { lat: 24.8, lon: 118.5, accuracyM: 5, atMs: NOW };
    expect(lacking(NO_REPORT, [])).toBe("code");
    expect(lacking({ ...NO_REPORT, code: "A/event/0506" }, [])).toBe("place");
    const whole = { ...NO_REPORT, code: "A/event/0506", place };
    expect(lacking(whole, [])).toBeNull();
    expect(lacking({ ...whole, spot: true }, [{ kind: "before" }])).toBe("after");
    expect(lacking({ ...whole, spot: true }, [{ kind: "after" }])).toBeNull();
  });
});

describe("files", () => {
  it("are limited as the center limits them", () => {
    expect(fileProblem(MAX_FILE_BYTES + 1, [])).toBe("too_large");
    const five = Array.from({ length: 5 }, () => ({ size: MAX_FILE_BYTES }));
    expect(fileProblem(1, five)).toBe("too_much");
    expect(fileProblem(MAX_FILE_BYTES, five.slice(1))).toBeNull();
    expect(fileProblem(1, Array.from({ length: MAX_FILES }, () => ({ size: 1 })))).toBe("too_many");
  });

  it("are sent as what they show", () => {
    expect([partOf("near"), partOf("reference"), partOf("after"), partOf("video"), partOf("sound")]).toEqual(["near", "reference", "after", "files", "files"]);
  });
});

describe("an answer", () => {
  it.each([
    [new Unreachable("no network"), { kind: "later", afterS: null }],
    [refusal(401, "session_idle"), { kind: "signed-out" }],
    [refusal(429, "too_many_uploads", 5), { kind: "later", afterS: 5 }],
    [refusal(503, "database_away", 2), { kind: "later", afterS: 2 }],
    [refusal(403, "csrf"), { kind: "later", afterS: null }],
    [refusal(400, "cut_off"), { kind: "later", afterS: null }],
    [refusal(403, "not_allowed"), { kind: "refused", code: "not_allowed", detail: "it is wrong" }],
    [refusal(415, "media_type"), { kind: "refused", code: "media_type", detail: "it is wrong" }],
    [refusal(409, "stale_sequence"), { kind: "refused", code: "stale_sequence", detail: "it is wrong" }],
  ])("%s", (error, outcome) => {
    expect(outcomeOf(error)).toEqual(outcome);
  });
});
