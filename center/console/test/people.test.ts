import { describe, expect, it } from "vitest";
import { matches } from "../src/parts/register";
import { requestsOf } from "../src/state/registers";
import { inTree } from "../src/state/people";

describe("a register", () => {
  it("finds an entry by words that stand anywhere in it", () => {
    const entry = { key: "li", title: "李工", lines: ["环卫所", "350582"], badges: ["派遣员"] };
    expect(matches(entry, "")).toBe(true);
    expect(matches(entry, "LI 派遣")).toBe(true);
    expect(matches(entry, "li 受理")).toBe(false);
  });

  it("shows departments as a tree, whatever their order, and loses none", () => {
    const departments = [
      { code: "D11", parent: "D1" },
      { code: "D1", parent: null },
      { code: "D2", parent: "gone" },
      { code: "D111", parent: "D11" },
    ];
    expect(inTree(departments).map(({ of, depth }) => `${depth} ${of.code}`)).toEqual(["0 D1", "1 D11", "2 D111", "0 D2"]);
  });
});

describe("saving an entry", () => {
  it("names it in the address, and sends no key in the body", () => {
    expect(requestsOf("departments", null, { code: "D1", name: "局", name_en: "Bureau", parent: null, closed: false })).toEqual([
      { method: "PUT", path: "departments/D1", body: { name: "局", name_en: "Bureau", parent: null, closed: false } },
    ]);
  });

  it("of a duty changes it, or adds one", () => {
    const values = { person: "li", starts_at: "2026-11-24T00:00:00Z", ends_at: "2026-11-24T08:00:00Z", grid_cells: [], note: null };
    expect(requestsOf("duty", "7", values)).toEqual([{ method: "PUT", path: "duty/7", body: values }]);
    expect(requestsOf("duty", null, values)).toEqual([{ method: "POST", path: "duty", body: values }]);
  });

  it("of an account changes the password only when one was given, and never its login", () => {
    const values = { login: "li", display_name: "李", person: null, roles: ["handler"], districts: [], disabled: true, password: null };
    const change = { method: "PATCH", path: "accounts/li", body: { display_name: "李", person: null, roles: ["handler"], districts: [], disabled: true } };
    expect(requestsOf("accounts", "li", values)).toEqual([change]);
    expect(requestsOf("accounts", "li", { ...values, password: "four words of mine" })).toEqual([
      change, { method: "PUT", path: "accounts/li/password", body: { password: "four words of mine" } },
    ]);
    expect(requestsOf("accounts", null, { ...values, password: "four words of mine" })[0]?.body).not.toHaveProperty("disabled");
  });
});
