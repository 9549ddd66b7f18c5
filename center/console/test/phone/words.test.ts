import { describe, expect, it } from "vitest";
import { address, parse } from "../../src/phone/routes";
import { isNews, reported } from "../../src/phone/positions";
import { byDeadline, dayOf, isUrged } from "../../src/phone/tasks";
import { en } from "../../src/phone/words/en";
import { zh } from "../../src/phone/words/zh";
import { aCase } from "../made";

const sources = import.meta.glob<string>("../../src/phone/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string).sort();

describe("the words of the phone", () => {
  it("are the same in both languages, fill in the same, and are all used", () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect(places(zh[key]), key).toEqual(places(en[key]));
    const all = Object.values(sources).join("\n");
    const made = /^(file|report_needs|outbox|step_needs|task)_/;
    const unused = Object.keys(en).filter((key) => !made.test(key) && !all.replaceAll(`  ${key}:`, "").includes(`"${key}"`));
    expect(unused).toEqual([]);
  });
});

describe("addresses of the phone", () => {
  it.each(["/m/", "/m/tasks", "/m/report", "/m/around", "/m/mine", "/m/outbox", "/m/me", "/m/case/SW202611240001"])("%s", (path) => {
    expect(address(parse(path))).toBe(path);
  });

  it("that name nothing are said to", () => {
    expect([parse("/m/nothing").page, parse("/m/case").page, parse("/m/tasks/1").page]).toEqual([null, null, null]);
  });
});

describe("positions", () => {
  const fix = { lat: 24.8, lon: 118.57, accuracyM: 8, speedMps: null, headingDeg: null, timeMs: 1_700_000_000_000 };

  it("are kept when time has passed or the phone has moved", () => {
    expect(isNews(null, fix, 20)).toBe(true);
    expect(isNews(fix, { ...fix, timeMs: fix.timeMs + 19_000 }, 20)).toBe(false);
    expect(isNews(fix, { ...fix, timeMs: fix.timeMs + 20_000 }, 20)).toBe(true);
    expect(isNews(fix, { ...fix, lat: fix.lat + 0.0003, timeMs: fix.timeMs + 3_000 }, 20)).toBe(true);
    expect(isNews(fix, { ...fix, lat: fix.lat + 0.0003, timeMs: fix.timeMs + 1_000 }, 20)).toBe(false);
  });

  it("have the time of the fix by the center's clock, and no speed that no phone has", () => {
    expect(reported({ fix }, 0).time).toBe(new Date(fix.timeMs).toISOString());
    expect(reported({ fix }, -60_000).time).toBe(new Date(fix.timeMs - 60_000).toISOString());
    expect(reported({ fix: { ...fix, speedMps: 900 } }, 0).speed_mps).toBeNull();
  });
});

describe("the day", () => {
  const now = Date.parse("2026-11-24T08:00:00Z");
  const due = (minutes: number | null) => aCase("SW1", { deadline_at: minutes === null ? null : new Date(now + minutes * 60_000).toISOString() });

  it("counts what is due, overdue and urged", () => {
    const urged = { ...due(500), urged_at: "2026-11-24T07:00:00Z", urge_answered_at: "2026-11-24T06:00:00Z" };
    expect(dayOf([due(-1), due(30), due(90), due(null), urged], now)).toEqual({ tasks: 5, dueSoon: 1, overdue: 1, urged: 1 });
    expect(isUrged({ urged_at: "2026-11-24T07:00:00Z", urge_answered_at: "2026-11-24T07:30:00Z" })).toBe(false);
  });

  it("has first what is due first", () => {
    expect([due(null), due(60), due(-5)].sort(byDeadline).map((of) => of.deadline_at)).toEqual([due(-5), due(60), due(null)].map((of) => of.deadline_at));
  });
});
