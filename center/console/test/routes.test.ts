import { describe, expect, it } from "vitest";
import { address, parse, type Route, visitsBefore } from "../src/routes";
import { EVERY_OPEN_CASE } from "../src/state/case-choice";

const places: Route[] = [
  { page: "map", selection: null },
  { page: "map", selection: { kind: "vehicle", id: "v001" } },
  { page: "map", selection: { kind: "case", id: "SW202611240001" } },
  { page: "map", selection: { kind: "device", id: "tilt.7/east" } },
  { page: "cases", number: null, choice: EVERY_OPEN_CASE },
  { page: "cases", number: "SW202611240001", choice: { ...EVERY_OPEN_CASE, scope: "all", sort: "-opened", stage: "handled", type: "cover_missing" } },
  { page: "cases", number: null, choice: { ...EVERY_OPEN_CASE, overdue: true, words: "荷塘路 5", department: "parks/1", code: "0501", district: "350582", grid: "350582001002001" } },
  { page: "cases", number: null, choice: { ...EVERY_OPEN_CASE, dueWithinS: 3600, sort: "-changed", openedFrom: "2026-11-01", openedTo: "2026-11-30" } },
  { page: "cameras", camera: null },
  { page: "cameras", camera: "cam-01" },
  { page: "tracks", kind: "vehicle", id: "v001", day: null, atMs: null },
  { page: "tracks", kind: "device", id: "tilt.7/east", day: "2026-11-24", atMs: Date.UTC(2026, 10, 24, 8, 5, 7) },
  { page: "visits", place: null, radiusM: 100, window: { lastH: 1 } },
  { page: "visits", place: { lat: 24.80001, lon: -118.57 }, radiusM: 30, window: { lastH: 24 } },
  { page: "visits", place: { lat: -24.8, lon: 118.57 }, radiusM: 1000, window: { beginMs: Date.UTC(2026, 10, 24, 8), endMs: Date.UTC(2026, 10, 25) } },
  { page: "events", chosen: null, choice: { kind: null, watches: null, phase: null } },
  { page: "events", chosen: "vehicle/v1/too_fast/plaza & park/begun/2026-11-24T08:00:00.123456Z", choice: { kind: "vehicle", watches: "speed", phase: "begun" } },
  { page: "system" },
  { page: "hotline" },
  { page: "search", words: "" },
  { page: "search", words: "百花路 manhole 24.9,118.6" },
  { page: "people", register: "accounts", entry: null },
  { page: "people", register: "duty", entry: "17" },
  { page: "people", register: "departments", entry: "" },
  { page: "workflow", name: "full", version: null, stage: null },
  { page: "report", place: null },
  { page: "report", place: { lat: 24.8, lon: 118.57 } },
  { page: "rights", role: "acceptor", action: null },
  { page: "audit", choice: { login: "li", action: null, subject: null, from: "2026-11-01", to: null } },
  { page: "workflow", name: "small", version: 3, stage: "dispatched" },
];

describe("addresses", () => {
  it.each(places)("come back as the place they name: %j", (place) => {
    const url = new URL(address(place), "http://center");
    expect(parse(url.pathname, url.search)).toEqual(place);
    expect(url.pathname).not.toContain(".");
  });

  it.each(["/", "//", "/map", "/map/"])("lead to the map when they are empty: %s", (path) => {
    expect(parse(path)).toEqual({ page: "map", selection: null });
  });

  it.each(["/nowhere", "/map/ufo/1", "/map/vehicle", "/map/vehicle/v1/more", "/map/%E0%A4%A", "/tracks", "/tracks/vehicle", "/tracks/camera/cam-01", "/cases/A/B", "/system/all", "/visits/1", "/workflow", "/people/everybody", "/people/accounts/li/more"])(
    "are kept and said to lead nowhere when they name nothing: %s",
    (path) => {
      expect(parse(path, "?a=1")).toEqual({ page: null, path: `${path}?a=1` });
      expect(address(parse(path, "?a=1"))).toBe(`${path}?a=1`);
    },
  );

  it("take no day that there isn't", () => {
    expect(parse("/tracks/vehicle/v001", "?day=2026-02-30")).toEqual({ page: "tracks", kind: "vehicle", id: "v001", day: null, atMs: null });
  });

  it.each(["?place=90.5,118&radius=0&begin=yesterday&end=2026-11-24T08:00:00Z&last=-1", "?place=24.8", "?place=,"])("take no question about the past that makes no sense: %s", (query) => {
    expect(parse("/visits", query)).toEqual({ page: "visits", place: null, radiusM: 100, window: { lastH: 1 } });
  });

  it("lead from something that happened to the hour before it", () => {
    const { window } = visitsBefore({ lat: 24.8, lon: 118.57 }, "2026-11-24T08:05:00Z");
    expect(window).toEqual({ beginMs: Date.UTC(2026, 10, 24, 7, 5), endMs: Date.UTC(2026, 10, 24, 8, 5) });
  });

  it("take no filter of cases that makes no sense", () => {
    expect(parse("/cases", "?scope=some&sort=colour&due_within_s=-1&overdue=perhaps&opened_from=2026-02-30&words=%20&colour=red")).toEqual({ page: "cases", number: null, choice: EVERY_OPEN_CASE });
  });

  it("take the center's words for the open and the ended, and for a number", () => {
    expect(parse("/cases", "?open=false&number=SW1")).toEqual({ page: "cases", number: null, choice: { ...EVERY_OPEN_CASE, scope: "ended", sort: "-opened", words: "SW1" } });
  });
});
