import { afterEach, describe, expect, it } from "vitest";
import schema from "../../../docs/openapi.json";
import { en } from "../src/i18n/en";
import { fill, named, t, word } from "../src/i18n";
import { zh } from "../src/i18n/zh";
import { firstLanguage, language } from "../src/state/preferences";

afterEach(() => {
  language.value = "en";
});

const sources = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string).sort();

describe("languages", () => {
  it("have the same words", () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const text of [...Object.values(en), ...Object.values(zh)]) expect(text.trim()).not.toBe("");
  });

  it("fill in the same", () => {
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect(places(zh[key]), key).toEqual(places(en[key]));
  });

  it("have every word that is used", () => {
    const used = new Set<string>();
    for (const source of Object.values(sources)) {
      for (const match of source.matchAll(/\bt\("(\w+)"/g)) used.add(match[1] as string);
    }
    expect(used.size).toBeGreaterThan(100);
    for (const key of used) expect(en).toHaveProperty(key);
  });

  it("leave no words in the pages themselves", () => {
    for (const [file, source] of Object.entries(sources)) {
      if (file.endsWith(".tsx")) expect(source, file).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });

  it.each(["EntityKind"] as const)("have a word for every value of the contract: %s", (name) => {
    const prefixes = { EntityKind: ["kind", "kinds"] }[name];
    for (const value of schema.components.schemas[name].enum) {
      for (const prefix of prefixes) expect(en).toHaveProperty(`${prefix}_${value}`);
    }
  });

  it("show what has no word as it came", () => {
    expect(word("state", "dreaming")).toBe("dreaming");
    expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
  });

  it("switch", () => {
    language.value = "zh";
    expect(t("nav_cases")).toBe("案件");
    expect(named("荷塘路", "Hetang Road")).toBe("荷塘路");
    language.value = "en";
    expect(t("nav_cases")).toBe("Cases");
    expect(named("荷塘路", "Hetang Road")).toBe("Hetang Road");
    expect(named("荷塘路", null)).toBe("荷塘路");
  });

  it.each([
    [["zh-TW", "en"], "zh"],
    [["en-US"], "en"],
    [["fr", "zh-CN"], "zh"],
    [["fr"], "en"],
    [[], "zh"],
  ] as const)("begin with the browser's: %j", (wanted, first) => {
    expect(firstLanguage(wanted)).toBe(first);
  });
});
