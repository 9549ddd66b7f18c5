/** Cases that whoever is signed on has reported. */

import { useState } from "preact/hooks";
import { center } from "../../api/client";
import type { CasePage } from "../../api/types";
import { session } from "../../state/live";
import { useAnswer } from "../kept";
import { CaseCard } from "../parts/case-card";
import { State } from "../parts/state";
import { p } from "../words";

export const useMine = () =>
  useAnswer<CasePage>("mine", () => center.casesBy({ opener: session.peek()?.login ?? "", sort: "-opened", limit: 100 }));

export function MineView() {
  const answer = useMine();
  const [all, setAll] = useState(false);
  const cases = (answer.value?.cases ?? []).filter((of) => all || of.closed_at === null);
  return (
    <>
      <div class="segments is-words" role="radiogroup" aria-label={p("mine")}>
        {[false, true].map((one) => (
          <label key={String(one)}>
            <input type="radio" name="which" class="hidden" checked={all === one} onChange={() => setAll(one)} />
            {p(one ? "mine_all" : "mine_open")}
          </label>
        ))}
      </div>
      <State of={answer} />
      {answer.value !== null && cases.length === 0 && <p class="empty">{p("mine_none")}</p>}
      <div class="phone-list">{cases.map((of) => <CaseCard key={of.number} of={of} />)}</div>
    </>
  );
}
