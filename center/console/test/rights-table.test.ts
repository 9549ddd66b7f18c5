import { describe, expect, it } from "vitest";
import type { RightsEntry } from "../src/api/types";
import { auditQuery, EVERY_ENTRY, formatAudit, parseAudit } from "../src/state/audit";
import { difference, fitting, inOrder, keyOf, onto, withEntry, withoutEntry } from "../src/state/rights-table";

const row = (role: string, action: string, change: Partial<RightsEntry> = {}): RightsEntry => ({ role, action, stage: "*", holder: "*", whose: "any", district: "own", ...change });
const READ = row("patrol", "case.read", { whose: "assignee" });
const CLOSE = row("acceptor", "case.close");

describe("the table of rights", () => {
  it("is in the order of roles and of a case's way, with what nobody knows at the end", () => {
    const own = row("acceptor", "case.own");
    expect(inOrder([row("acceptor", "audit.read"), own, CLOSE, READ, row("acceptor", "case.accept")]).map((one) => `${one.role} ${one.action}`)).toEqual([
      "patrol case.read", "acceptor case.accept", "acceptor case.close", "acceptor audit.read", "acceptor case.own",
    ]);
  });

  it("has a row once, and tells what was added and taken away", () => {
    const after = withEntry(withoutEntry([READ, CLOSE], READ), row("acceptor", "case.close"));
    expect(after).toEqual([CLOSE]);
    expect(difference([READ, CLOSE], after)).toEqual({ added: [], removed: [READ] });
    expect(difference([READ], withEntry([READ], CLOSE))).toEqual({ added: [CLOSE], removed: [] });
  });

  it("lays what was changed here over what somebody else has changed meanwhile", () => {
    const theirs = row("leader", "case.urge");
    expect(onto([READ, CLOSE, theirs], { added: [row("handler", "case.handle")], removed: [READ] }).map(keyOf)).toEqual([
      keyOf(CLOSE), keyOf(row("handler", "case.handle")), keyOf(theirs),
    ]);
  });

  it("limits no row by what its action does not know", () => {
    const limits = { stage: "opened", holder: "acceptors", whose: "opener", district: "own" };
    expect(fitting(row("acceptor", "case.close", limits))).toEqual(row("acceptor", "case.close", limits));
    expect(fitting(row("acceptor", "case.read", limits))).toEqual(row("acceptor", "case.read", { whose: "opener" }));
    expect(fitting(row("administrator", "audit.read", limits))).toEqual(row("administrator", "audit.read", { district: "any" }));
  });
});

describe("the audit log's address", () => {
  it("says who, what, on what and when, and comes back the same", () => {
    const choice = { login: "li", action: "evidence.original", subject: null, from: "2026-11-01", to: "2026-11-24" };
    expect(parseAudit(formatAudit(choice))).toEqual(choice);
    expect(parseAudit(new URLSearchParams("from=soon&login=%20"))).toEqual(EVERY_ENTRY);
  });

  it("asks the center for whole days, the last one too", () => {
    const query = auditQuery({ ...EVERY_ENTRY, from: "2026-11-24", to: "2026-11-24" });
    expect(Date.parse(query.get("end") as string) - Date.parse(query.get("begin") as string)).toBe(86_400_000);
  });
});
