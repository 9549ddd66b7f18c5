import { expect, it } from "vitest";

const sources = import.meta.glob<string>("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });

it("makes no markup of text that came from elsewhere", () => {
  expect(Object.keys(sources).length).toBeGreaterThan(50);
  for (const [file, source] of Object.entries(sources)) {
    expect(source, file).not.toMatch(/dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|new Function|\beval\(/);
    expect(source, file).not.toMatch(/href=\{(?!fileUrl|address|caseAddress|`)[a-z]+\.(note|name|id|text|url)/);
  }
});
