import { afterEach, describe, expect, it, vi } from "vitest";
import { draftOf, dropDraft, keepDraft, newKey } from "../src/state/drafts";

afterEach(() => {
  vi.unstubAllGlobals();
});

class FakeStorage {
  readonly kept = new Map<string, string>();
  getItem = (name: string): string | null => this.kept.get(name) ?? null;
  setItem = (name: string, value: string): void => void this.kept.set(name, value);
  removeItem = (name: string): void => void this.kept.delete(name);
}

const DRAFT = { action: "return", fields: { note: "不属于我部门" } };

describe("a draft", () => {
  it("is kept for the person and the case that it is about, and for no other", () => {
    vi.stubGlobal("sessionStorage", new FakeStorage());
    keepDraft("li", "SW1", DRAFT);
    expect(draftOf("li", "SW1")).toEqual(DRAFT);
    expect(draftOf("li", "SW2")).toBeNull();
    expect(draftOf("wang", "SW1")).toBeNull();
    dropDraft("li", "SW1");
    expect(draftOf("li", "SW1")).toBeNull();
  });

  it.each([
    ["forbidden", { getItem: () => { throw new Error("forbidden"); }, setItem: () => { throw new Error("forbidden"); }, removeItem: () => { throw new Error("forbidden"); } }],
    ["full", { getItem: () => null, setItem: () => { throw new Error("quota"); }, removeItem: () => {} }],
  ])("lasts as long as the page when the browser's storage is %s", (_, storage) => {
    vi.stubGlobal("sessionStorage", storage);
    keepDraft("li", "SW3", DRAFT);
    expect(draftOf("li", "SW3")).toEqual(DRAFT);
    dropDraft("li", "SW3");
    expect(draftOf("li", "SW3")).toBeNull();
  });

  it("that another release wrote differently is none", () => {
    const storage = new FakeStorage();
    vi.stubGlobal("sessionStorage", storage);
    storage.setItem("streetwarden.draft.li.SW4", "{\"note\": 1}");
    storage.setItem("streetwarden.draft.li.SW5", "not JSON");
    expect([draftOf("li", "SW4"), draftOf("li", "SW5")]).toEqual([null, null]);
  });
});

it("names every request differently, on a page without TLS too", () => {
  const keys = new Set(Array.from({ length: 100 }, newKey));
  expect(keys.size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
});
