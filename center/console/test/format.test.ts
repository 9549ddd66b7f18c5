import { afterEach, describe, expect, it } from "vitest";
import { ago, direction, kilometresAnHour, metres, moment, number, seconds, span } from "../src/format";
import { language } from "../src/state/preferences";
import { at } from "./made";

afterEach(() => {
  language.value = "en";
});

describe("what people read", () => {
  it.each([
    [0, "0 s", "0 秒"],
    [59.9, "59 s", "59 秒"],
    [61, "1 min", "1 分钟"],
    [3600, "1 h", "1 小时"],
    [7140, "1 h 59 min", "1 小时 59 分"],
    [90_000, "1 d 1 h", "1 天 1 小时"],
    [-5, "0 s", "0 秒"],
  ])("spans: %d s", (value, english, chinese) => {
    language.value = "en";
    expect(span(value)).toBe(english);
    language.value = "zh";
    expect(span(value)).toBe(chinese);
  });

  it("ages", () => {
    expect(ago(at(0), Date.parse(at(1)))).toBe("just now");
    expect(ago(at(0), Date.parse(at(75)))).toBe("1 min ago");
    language.value = "zh";
    expect(ago(at(0), Date.parse(at(75)))).toBe("1 分钟前");
  });

  it("times, with the day where it isn't today", () => {
    const now = Date.parse(at(0));
    expect(moment(now, now)).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(moment(now - 5 * 86_400_000, now)).toMatch(/19 Nov/);
    language.value = "zh";
    expect(moment(now - 5 * 86_400_000, now)).toMatch(/11月19日/);
  });

  it("figures", () => {
    expect(number(12_345)).toBe("12,345");
    expect(kilometresAnHour(10)).toBe("36 km/h");
    expect(metres(7.45)).toBe("7.5 m");
    expect(metres(1500)).toBe("1.5 km");
    expect(seconds(0)).toBe("< 1 ms");
    expect(seconds(0.043)).toBe("43 ms");
    expect(seconds(2.34)).toBe("2.3 s");
  });

  it("directions", () => {
    expect(direction(0)).toBe("N 0°");
    expect(direction(359)).toBe("N 359°");
    expect(direction(-90)).toBe("W 270°");
    language.value = "zh";
    expect(direction(225)).toBe("西南 225°");
  });
});
