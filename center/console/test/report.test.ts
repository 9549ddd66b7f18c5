import { describe, expect, it } from "vitest";
import type { Code } from "../src/api/types";
import { bodyOf, found, keyOf, noReport, usualSource } from "../src/state/report";

const aCode = (code: string, name: string, name_en: string): Code => ({
  code_set: "A", category: "component", code, name, name_en, class_name: "公用设施", class_name_en: "Utilities", conditions: [],
});
const COVER = aCode("0101", "上水井盖", "Water main cover");
const LAMP = aCode("0201", "路灯", "Street lamp");
const PLACE = { lat: 24.8, lon: 118.57 };

describe("a report", () => {
  it("finds a code by its number, its names and its class, in both languages", () => {
    expect(found([COVER, LAMP], "井盖")).toEqual([COVER]);
    expect(found([COVER, LAMP], "utilities LAMP")).toEqual([LAMP]);
    expect(found([COVER, LAMP], "0201")).toEqual([LAMP]);
    expect(found([COVER, LAMP], "")).toHaveLength(2);
    expect(keyOf(COVER)).toBe("A/component/0101");
  });

  it("leaves out what nobody filled in", () => {
    expect(JSON.parse(JSON.stringify(bodyOf(noReport(["patrol"]), COVER, PLACE)))).toEqual({
      source: "patrol", category: "component", code_set: "A", code: "0101", ...PLACE,
    });
  });

  it("tells of a caller only for what somebody called about", () => {
    const fields = { ...noReport(["acceptor"]), caller: "王女士", telephone: "139", call_back: true };
    expect(bodyOf(fields, COVER, PLACE)["caller"]).toEqual({ name: "王女士", telephone: "139", call_back: true, public: false, called_at: undefined });
    expect(bodyOf({ ...fields, source: "leader" }, COVER, PLACE)["caller"]).toBeUndefined();
  });

  it("begins with the source of whoever reports", () => {
    expect([["acceptor"], ["patrol"], ["leader"], ["patrol", "acceptor"]].map(usualSource)).toEqual(["hotline", "patrol", "leader", "hotline"]);
  });
});
