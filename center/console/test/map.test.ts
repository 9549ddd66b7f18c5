import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, it } from "vitest";
import { degrees, distanceM, mercator, nearest } from "../src/geometry";
import { marks, MARK_KINDS } from "../src/map/marks";
import { caseGlyph } from "../src/map/sprites";
import { neededHz, Pace } from "../src/map/pace";
import { onScreen, type Sight } from "../src/map/points";
import { style } from "../src/map/style";
import { standing } from "../src/state/motion";
import { Picture } from "../src/state/picture";
import { find } from "../src/state/search";
import { aCase, anEntity, aSnapshot, at } from "./made";

const sight: Sight = { ...mercator({ lat: 24.8, lon: 118.57 }), zoom: 15, bearingDeg: 0, centreX: 400, centreY: 300, width: 800, height: 600 };

describe("the ground", () => {
  it.each([
    [true, "zh"],
    [false, "en"],
  ] as const)("has a style that is valid (dark %s, %s)", (dark, language) => {
    expect(validateStyleMin(style(dark, language, { grid: true, components: true }, 24.8))).toEqual([]);
  });

  it("asks for nothing from elsewhere", () => {
    expect(JSON.stringify(style(true, "zh", { grid: true, components: true }, 24.8))).not.toMatch(/https?:|glyphs|sprite/);
  });
});

describe("places", () => {
  it("go to Mercator and back", () => {
    const back = degrees(mercator({ lat: 24.8, lon: 118.57 }));
    expect(back.lat).toBeCloseTo(24.8, 9);
    expect(back.lon).toBeCloseTo(118.57, 9);
  });

  it("are as far apart as on the ground", () => {
    expect(distanceM({ lat: 0, lon: 0 }, { lat: 0, lon: 1 })).toBeCloseTo(111_195, -1);
  });

  it("are found by nearness", () => {
    const places = [{ lat: 24.801, lon: 118.57 }, { lat: 24.8001, lon: 118.57 }, { lat: 25, lon: 118.57 }];
    const found = nearest(places, { lat: 24.8, lon: 118.57 }, { withinM: 500, most: 4 });
    expect(found.map((one) => one.thing.lat)).toEqual([24.8001, 24.801]);
  });

  it("stand on the screen where the map has them, turned or not", () => {
    const east = standing(mercator({ lat: 24.8, lon: 118.571 }), 0);
    const straight = onScreen(sight, east, 0);
    expect(straight.x).toBeGreaterThan(440);
    expect(straight.y).toBeCloseTo(300, 6);
    const turned = onScreen({ ...sight, bearingDeg: 90 }, east, 0); // east is up
    expect(turned.x).toBeCloseTo(400, 6);
    expect(turned.y).toBeLessThan(260);
  });
});

describe("marks", () => {
  const picture = new Picture();
  picture.apply(aSnapshot({ entities: [anEntity("vehicle/v1"), anEntity("person/p1", { heading_deg: null }), anEntity("device/s1")] }), 0);
  const camera = { camera: "cam-01", district: "350582", name: null, name_en: null, lat: 24.8, lon: 118.57, heading_deg: 30, still_at: null, state: null };
  const scene = { entities: [...picture.entities.values()], cameras: [camera], cases: [aCase("A")], events: [], kinds: new Set(MARK_KINDS), chosen: null, nowMs: Date.parse(at(5)) };

  it("lie with cases on top of cameras on top of what moves", () => {
    const keys = marks(scene).map((mark) => mark.key).filter((key) => key !== null);
    expect(keys).toEqual(["device/s1", "person/p1", "vehicle/v1", "camera/cam-01", "case/A"]);
  });

  it("leave out the kinds that aren't wanted, but never what is chosen", () => {
    const kinds = new Set(["case"] as const);
    expect(marks({ ...scene, kinds }).map((mark) => mark.key)).toEqual(["case/A"]);
    expect(marks({ ...scene, kinds, chosen: "vehicle/v1" }).map((mark) => mark.key)).toContain("vehicle/v1");
  });

  it("go pale when the fix is old", () => {
    const vehicle = (nowMs: number) => marks({ ...scene, nowMs }).find((mark) => mark.key === "vehicle/v1");
    expect(vehicle(Date.parse(at(59)))?.opacity).toBe(1);
    expect(vehicle(Date.parse(at(61)))?.opacity).toBeLessThan(0.6);
  });

  it("turn only with a heading", () => {
    const found = new Map(marks(scene).map((mark) => [mark.key, mark]));
    expect(found.get("vehicle/v1")?.turns).toBe(true);
    expect(found.get("person/p1")?.turns).toBe(false);
    expect(found.get("device/s1")?.turns).toBe(false);
  });
});

describe("symbols of cases", () => {
  it.each([
    ["cover_missing", "cover"],
    ["vehicle", "vehicle"],
    ["vehicle_in_key_area", "vehicle"],
    ["goods", "goods"],
    ["litter", "other"],
    ["coverage", "other"],
  ])("say what is the matter: %s", (type, glyph) => {
    expect(caseGlyph(type)).toBe(glyph);
  });
});

describe("the pace of drawing", () => {
  it("is as fast as can be seen", () => {
    expect(neededHz(0)).toBe(5);
    expect(neededHz(3)).toBe(12);
    expect(neededHz(500)).toBe(60);
  });

  it("gives way on a machine that is slow", () => {
    const pace = new Pace();
    let drawn = 0;
    for (let ms = 0; ms < 10_000; ms += 100) {
      if (pace.isDue(ms, 60)) {
        drawn += 1;
        pace.took(100);
      }
    }
    expect(drawn).toBeLessThan(70);
    expect(drawn).toBeGreaterThan(20);
  });

  it("keeps up where it can", () => {
    const pace = new Pace();
    let drawn = 0;
    for (let ms = 0; ms < 1000; ms += 1000 / 60) {
      if (pace.isDue(ms, 60)) {
        drawn += 1;
        pace.took(8);
      }
    }
    expect(drawn).toBeGreaterThan(55);
  });
});

describe("search", () => {
  const hay = {
    entities: [anEntity("vehicle/v001"), anEntity("vehicle/v101"), anEntity("person/p001")],
    cameras: [{ camera: "cam-01", district: "350582", name: "荷塘路监控点", name_en: "Hetang Road camera", lat: 0, lon: 0, heading_deg: null, still_at: null, state: null }],
    cases: [aCase("SW202611240001")],
  };

  it("puts first what begins with the text", () => {
    expect(find("v1", hay, 9).found.map((one) => one.id)).toEqual(["v101"]);
    expect(find("001", hay, 9).found.map((one) => one.id)).toEqual(["SW202611240001", "v001", "p001"]);
  });

  it("knows names in both languages", () => {
    expect(find("荷塘", hay, 9).found.map((one) => one.id)).toEqual(["SW202611240001", "cam-01"]);
    expect(find("hetang", hay, 9).found.map((one) => one.kind)).toEqual(["case", "camera"]);
  });

  it("says how many more there are", () => {
    expect(find("v", hay, 1)).toEqual({ found: [{ kind: "vehicle", id: "v001" }], more: 2 });
    expect(find("  ", hay, 9)).toEqual({ found: [], more: 0 });
  });
});
