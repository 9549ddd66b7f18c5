/** Notices that wait: of tasks, of what is due, of urging; seen once, they are gone for everybody whom they concern. */

import { center } from "../../api/client";
import type { NoticePage } from "../../api/types";
import { moment } from "../../format";
import { named } from "../../i18n";
import { caseTitle } from "../../parts/case-parts";
import { now } from "../../state/live";
import { useAnswer } from "../kept";
import { isOnline } from "../session";
import { address } from "../routes";
import { p } from "../words";

const SHOWN = 20;

export function Notices() {
  const answer = useAnswer<NoticePage>("notices", () => center.notices({ waiting: true, limit: SHOWN }));
  const waiting = answer.value?.notices ?? [];
  if (waiting.length === 0) return null;
  const seen = (ids: number[]): void => void center.acknowledge(ids).then(answer.again, () => {}); // it can be pressed again
  return (
    <section class="card" aria-labelledby="notices">
      <h2 id="notices">{p("today_notices")}</h2>
      <ul class="phone-history">
        {waiting.map((one) => (
          <li key={one.id} data-notice={one.rule}>
            <a href={address({ page: "case", number: one.case.number })}><strong>{named(one.title, one.title_en)}</strong> · {caseTitle(one.case)}</a>
            <small>{moment(one.at, now.value)} · {one.case.number}</small>
            {isOnline.value && <button type="button" class="button" onClick={() => seen([one.id])}>{p("notice_seen")}</button>}
          </li>
        ))}
      </ul>
      {isOnline.value && waiting.length > 1 && <button type="button" class="button is-wide" onClick={() => seen(waiting.map(({ id }) => id))}>{p("notice_all_seen")}</button>}
    </section>
  );
}
