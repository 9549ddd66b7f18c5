import { afterEach, describe, expect, it } from "vitest";
import { Refused, Unreachable } from "../src/api/client";
import { sentence } from "../src/parts/problem";
import { language } from "../src/state/preferences";

const refused = (status: number, requestId: string | null) =>
  new Refused(status, { type: "about:blank", title: "", status, detail: "the center has made a mistake", code: "defect" }, null, requestId);

afterEach(() => {
  language.value = "en";
});

describe("what went wrong", () => {
  it("names the request where only the log knows more", () => {
    language.value = "en";
    expect(sentence(refused(500, "4f1c2d3e5a6b7c8d"))).toBe(
      "That didn't work: the center has made a mistake (Request 4f1c2d3e5a6b7c8d)",
    );
    expect(sentence(refused(503, "4f1c2d3e5a6b7c8d"))).toMatch(/doesn't answer right now.* \(Request 4f1c2d3e5a6b7c8d\)$/);
    language.value = "zh";
    expect(sentence(refused(500, "4f1c2d3e5a6b7c8d"))).toContain("（请求编号 4f1c2d3e5a6b7c8d）");
  });

  it("leaves it out of refusals that say all there is to say, and where a proxy took it away", () => {
    expect(sentence(refused(422, "4f1c2d3e5a6b7c8d"))).not.toContain("4f1c");
    expect(sentence(refused(500, null))).not.toContain("Request");
    expect(sentence(new Unreachable("gone"))).not.toContain("Request");
  });
});
