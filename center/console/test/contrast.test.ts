import { describe, expect, it } from "vitest";
import css from "../src/styles/base.css?raw";

/** Colours of a theme: the dark one is the default, the light one lies over it. */
function colours(light: boolean): Record<string, string> {
  const found: Record<string, string> = {};
  const blocks = [css.slice(0, css.indexOf(":root[data-theme")), ...(light ? [css.slice(css.indexOf(":root[data-theme"), css.indexOf("*, *::before"))] : [])];
  for (const block of blocks) for (const [, name, value] of block.matchAll(/--([\w-]+): (#[0-9a-f]{3,6});/g)) found[name as string] = value as string;
  return found;
}

function luminance(hex: string): number {
  const full = hex.length === 4 ? [...hex.slice(1)].map((one) => one + one).join("") : hex.slice(1);
  const [red = 0, green = 0, blue = 0] = (full.match(/../g) ?? []).map((part) => {
    const value = Number.parseInt(part, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const contrast = (one: string, other: string): number => {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};

const PAIRS = [
  ...["text", "text-soft", "text-faint", "accent-text", "warn", "hot", "bad", "good"].flatMap((ink) => ["ground", "surface"].map((paper) => [ink, paper])),
  ...["text", "text-soft", "accent-text"].flatMap((ink) => ["raised", "hover", "accent-soft"].map((paper) => [ink, paper])),
  ["warn", "warn-soft"], ["bad", "bad-soft"], ["good", "good-soft"], ["on-accent", "accent"],
] as [string, string][];

describe.each([false, true])("text can be read (light: %s)", (light) => {
  const palette = colours(light);
  it.each(PAIRS)("%s on %s", (ink, paper) => {
    expect(contrast(palette[ink] as string, palette[paper] as string)).toBeGreaterThanOrEqual(4.5);
  });
});
