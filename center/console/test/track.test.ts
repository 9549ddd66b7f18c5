import { describe, expect, it } from "vitest";
import { line } from "../src/parts/chart";
import type { HistoryGap, HistoryLeg, RuleEvent } from "../src/api/types";
import { dayAfter, dayOf, entriesOf, entryAt, isDay, partOf, pathOf, periodOf, piecesOf, placeAt, speedSlots } from "../src/state/track";

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 8, minute)).toISOString();
const leg = (what: "trip" | "stop", begin: number, until: number): HistoryLeg => ({
  what,
  begin: at(begin),
  until: at(until),
  start: { lat: 24.8, lon: 118.5 },
  end: { lat: 24.9, lon: 118.6 },
  distance_m: 0,
  mean_mps: null,
  top_mps: null,
  idling_s: 0,
});
/** A silence from one minute to another on the path below. */
const gap = (begin: number, until: number): HistoryGap => {
  const place = (minute: number) => ({ lat: PLACES[minute] as number, lon: PLACES[minute] as number });
  return { begin: at(begin), until: at(until), start: place(begin), end: place(until), distance_m: 0 };
};
const PLACES: Record<number, number> = { 0: 1, 5: 2, 10: 3, 20: 4 };
const feature = (geometry: GeoJSON.Geometry, minutes: number[]): GeoJSON.Feature => ({ type: "Feature", geometry, properties: { times: minutes.map(at) } });

describe("days", () => {
  it.each(["2026-11-24", "2028-02-29"])("are days: %s", (day) => expect(isDay(day)).toBe(true));
  it.each(["2026-02-30", "2026-13-01", "24.11.2026", "", "0000-00-00"])("are none: %s", (day) => expect(isDay(day)).toBe(false));

  it("follow one another over the ends of months", () => {
    expect(dayAfter("2026-11-30", 1)).toBe("2026-12-01");
    expect(dayAfter("2026-03-01", -1)).toBe("2026-02-28");
  });

  it("go from midnight to midnight where the browser is; without one it is the last 24 hours", () => {
    const { begin, end } = periodOf("2026-11-24", 0);
    expect([dayOf(begin), begin.getHours(), begin.getMinutes()]).toEqual(["2026-11-24", 0, 0]);
    expect(dayOf(end)).toBe("2026-11-25");
    const last = periodOf(null, 1e12);
    expect(last.end.getTime() - last.begin.getTime()).toBe(86_400_000);
    expect(last.end.getTime()).toBe(1e12);
  });
});

describe("a path", () => {
  const path = pathOf({
    type: "FeatureCollection",
    features: [
      feature({ type: "LineString", coordinates: [[1, 1], [2, 2], [3, 3]] }, [0, 5, 10]),
      feature({ type: "Point", coordinates: [4, 4] }, [20]),
    ],
  });

  it("is one line, of however many pages", () => {
    expect(path.places).toEqual([[1, 1], [2, 2], [3, 3], [4, 4]]);
    expect(path.timesMs).toHaveLength(4);
  });

  it("has a part for each trip, which begins and ends where the trip does", () => {
    expect(partOf(path, [], leg("trip", 4, 10))).toEqual([{ places: [[118.5, 24.8], [2, 2], [118.6, 24.9]], silentS: null }]);
  });

  it("is cut where nothing was heard for long, and says for how long", () => {
    expect(piecesOf(path, [gap(5, 10)])).toEqual([
      { places: [[1, 1], [2, 2]], silentS: null },
      { places: [[2, 2], [3, 3]], silentS: 300 },
      { places: [[3, 3], [4, 4]], silentS: null },
    ]);
    expect(partOf(path, [gap(0, 5), gap(5, 10)], gap(5, 10))).toEqual([{ places: [[2, 2], [3, 3]], silentS: 300 }]);
    expect(piecesOf(path, [gap(0, 5)]).map((piece) => piece.silentS)).toEqual([300, null]);
    expect(piecesOf(path, [gap(10, 20)]).map((piece) => piece.silentS)).toEqual([null, 600]);
  });

  it("has a place for each moment between its ends, and none outside", () => {
    const whole = { places: [[1, 1], [3, 5], [9, 9]], timesMs: [1000, 2000, 4000] };
    expect([1000, 1500, 2000, 4000].map((time) => placeAt(whole, time))).toEqual([[1, 1], [2, 3], [3, 5], [9, 9]]);
    expect([999, 4001].map((time) => placeAt(whole, time))).toEqual([null, null]);
  });

  it("is empty when nothing was heard", () => {
    expect(pathOf({ type: "FeatureCollection", features: [] })).toEqual({ places: [], timesMs: [] });
  });
});

it("events and silences stand among trips and stops, in the order of time", () => {
  const event = { time: at(7), phase: "begun", rule: "r", watches: "speed", area: "" } as RuleEvent;
  const found = entriesOf([leg("trip", 0, 10), leg("stop", 10, 20)], [gap(5, 10)], [{ ...event, time: at(15) }, event]);
  expect(found.map((entry) => entry.key)).toEqual(["leg/0", "gap/0", "event/1", "leg/1", "event/0"]);
});

describe("speed", () => {
  const bucket = (minute: number, mean: number, top: number) => ({ begin: at(minute), mean_mps: mean, top_mps: top, distance_m: 0 });

  it("is put into equal parts of the time, in km/h, with gaps where nothing was heard", () => {
    const span = [Date.parse(at(0)), Date.parse(at(40))] as const;
    const { mean, top } = speedSlots([bucket(0, 10, 11), bucket(5, 20, 30), bucket(35, 5, 6)], span, 4);
    expect(mean).toEqual([54, null, null, 18]);
    expect(top[0]).toBeCloseTo(108);
    expect(top[1]).toBeNull();
  });

  it("keeps what lies at the very end", () => {
    const span = [Date.parse(at(0)), Date.parse(at(40))] as const;
    expect(speedSlots([bucket(40, 10, 10)], span, 4).mean).toEqual([null, null, null, 36]);
  });

  it("draws a value that stands alone as a dot", () => {
    expect(line([null, 1, null], 1)).toMatch(/^M[\d.]+ [\d.]+h0$/);
    expect(line([1, 1], 1)).not.toContain("h0");
  });
});

describe("a moment on a track", () => {
  it("lies in a trip or a stop, never in an event", () => {
    const found = entriesOf([leg("trip", 0, 10), leg("stop", 10, 30)], [gap(0, 5)], []);
    expect(entryAt(found, Date.parse(at(5)))?.key).toBe("leg/0");
    expect(entryAt(found, Date.parse(at(10)))?.key).toBe("leg/1");
    expect(entryAt(found, Date.parse(at(31)))).toBeNull();
  });
});
