import { describe, expect, it } from "vitest";
import { at as placeAt } from "../src/state/motion";
import { mercator } from "../src/geometry";
import { Picture, TRAIL_FIXES } from "../src/state/picture";
import { aCase, aDelta, anEntity, aSnapshot, at } from "./made";

describe("the picture", () => {
  it("is what the snapshot says, whatever was before", () => {
    const picture = new Picture();
    picture.apply(aSnapshot({ entities: [anEntity("vehicle/v1"), anEntity("vehicle/v2")], cases: [aCase("A"), aCase("B")] }), 0);
    picture.apply(aSnapshot({ entities: [anEntity("vehicle/v2")], cases: [aCase("B")], stills: [{ camera: "cam-01", district: "350582", time: at(1) }] }), 1);
    expect([...picture.entities.keys()]).toEqual(["vehicle/v2"]);
    expect([...picture.cases.keys()]).toEqual(["B"]);
    expect(picture.stills.get("cam-01")).toBe(at(1));
  });

  it("tells nobody of the first snapshot's cases, but of those that are new in a later one", () => {
    const picture = new Picture();
    expect(picture.apply(aSnapshot({ cases: [aCase("A")] }), 0).opened).toEqual([]);
    expect(picture.apply(aSnapshot({ cases: [aCase("A"), aCase("B")] }), 1).opened.map((found) => found.number)).toEqual(["B"]);
  });

  it("takes in a new case, a change, and its end", () => {
    const picture = new Picture();
    picture.apply(aSnapshot(), 0);
    expect(picture.apply(aDelta({ cases: [aCase("A")] }), 1).opened).toHaveLength(1);
    const changed = picture.apply(aDelta({ cases: [aCase("A", { sequence: 2, restored_at: at(60) })] }), 2);
    expect(changed.opened).toHaveLength(0);
    expect(changed.restored.map((found) => found.number)).toEqual(["A"]);
    picture.apply(aDelta({ cases: [aCase("A", { sequence: 6, stage: "closed", closed_at: at(90) })] }), 3);
    expect(picture.cases.size).toBe(0);
    expect(picture.ended.get("A")?.stage).toBe("closed");
  });

  it("keeps a case's newer state when an older one comes late", () => {
    const picture = new Picture();
    picture.apply(aSnapshot({ cases: [aCase("A", { sequence: 4, stage: "handled" })] }), 0);
    picture.apply(aDelta({ cases: [aCase("A", { sequence: 3, stage: "dispatched" })] }), 1);
    expect(picture.cases.get("A")?.stage).toBe("handled");
  });

  it("counts open cases that the snapshot left out, and hears of them without calling them new", () => {
    const picture = new Picture();
    expect(picture.apply(aSnapshot({ cases: [aCase("A")], cases_left_out: 3 }), 0).cases).toBe(true);
    expect(picture.apply(aDelta({ cases: [aCase("B", { sequence: 4 })] }), 1).opened).toEqual([]);
    expect([picture.casesLeftOut, picture.cases.size]).toEqual([2, 2]);
    picture.apply(aDelta({ cases: [aCase("C", { sequence: 5, closed_at: at(1) })] }), 2);
    expect([picture.casesLeftOut, picture.cases.size]).toEqual([1, 2]);
    expect(picture.apply(aDelta({ cases: [aCase("D")] }), 3).opened.map((found) => found.number)).toEqual(["D"]);
    expect(picture.casesLeftOut).toBe(1);
    picture.apply(aSnapshot({ cases: [aCase("A")] }), 4);
    expect(picture.casesLeftOut).toBe(0);
  });

  it("takes off what is gone", () => {
    const picture = new Picture();
    picture.apply(aSnapshot({ entities: [anEntity("vehicle/v1")] }), 0);
    picture.apply(aDelta({ gone: ["vehicle/v1"] }), 1);
    expect(picture.entities.size).toBe(0);
  });

  it("glides from fix to fix in the time between them", () => {
    const picture = new Picture();
    const from = { lat: 24.8, lon: 118.57 };
    const to = { lat: 24.8001, lon: 118.5701 };
    picture.apply(aSnapshot({ entities: [anEntity("vehicle/v1", { ...from, time: at(0) })] }), 100);
    picture.apply(aDelta({ entities: [anEntity("vehicle/v1", { ...to, time: at(2) })] }), 102);
    const motion = picture.entities.get("vehicle/v1")?.motion;
    expect(motion).toBeDefined();
    if (motion === undefined) return;
    expect(placeAt(motion, 102).x).toBeCloseTo(mercator(from).x, 12);
    expect(placeAt(motion, 103).x).toBeCloseTo((mercator(from).x + mercator(to).x) / 2, 12);
    expect(placeAt(motion, 104).x).toBeCloseTo(mercator(to).x, 12);
    expect(placeAt(motion, 999).x).toBeCloseTo(mercator(to).x, 12);
  });

  it("bounds what it remembers", () => {
    const picture = new Picture();
    picture.apply(aSnapshot(), 0);
    for (let second = 0; second < 500; second += 1) {
      picture.apply(aDelta({
        entities: [anEntity("vehicle/v1", { time: at(second), lon: 118.57 + second * 1e-5 })],
        cases: [aCase(`C${second}`, { closed_at: at(second), stage: "closed" })],
      }), second);
    }
    expect(picture.entities.get("vehicle/v1")?.trail).toHaveLength(TRAIL_FIXES * 2);
    expect(picture.entities.get("vehicle/v1")?.trail.at(-2)).toBeCloseTo(118.57499, 9);
    expect(picture.ended.size).toBe(200);
    expect(picture.ended.has("C499")).toBe(true);
  });

  it("begins a trail anew after a gap", () => {
    const picture = new Picture();
    picture.apply(aSnapshot({ entities: [anEntity("vehicle/v1", { time: at(0) })] }), 0);
    picture.apply(aDelta({ entities: [anEntity("vehicle/v1", { time: at(600), lat: 24.9 })] }), 600);
    expect(picture.entities.get("vehicle/v1")?.trail).toEqual([118.57, 24.9]);
  });
});
