/** How old an answer is, if it is not new, and why. */

import { hourMinute } from "../../format";
import { sentence } from "../../parts/problem";
import type { Answer } from "../kept";
import { isOnline } from "../session";
import { p } from "../words";

export function State({ of }: { of: Answer<unknown> }) {
  if (of.value === null && of.problem === null) return <p class="empty" aria-busy="true">{p("loading")}</p>;
  return (
    <>
      {of.problem !== null && isOnline.value && <p class="notice is-bad" role="alert">{sentence(of.problem)}</p>}
      {of.problem !== null && of.value !== null && <p class="phone-asof">{p("as_of", { time: hourMinute(of.atMs) })}</p>}
    </>
  );
}
