/** What waits for whoever is signed on: a queue for each thing that their roles do, with what is late in it. */

import { useEffect, useState } from "preact/hooks";
import { center } from "../api/client";
import type { CaseQueue } from "../api/types";
import { number } from "../format";
import { named, t } from "../i18n";
import { address } from "../routes";
import { type CaseChoice, EVERY_OPEN_CASE, parseChoice } from "../state/case-choice";
import { reconnections } from "../state/live";
import { useAskAgain } from "../state/use-case-list";

export function Queues({ choice }: { choice: CaseChoice }) {
  const [queues, setQueues] = useState<CaseQueue[]>([]);
  const ask = (): void => {
    center.queues().then(setQueues, () => {}); // the counts stay as they are; the list says what is wrong
  };
  useEffect(ask, [reconnections.value]);
  useAskAgain(true, ask);
  if (queues.length === 0) return null;
  return (
    <nav class="queues" aria-label={t("queues")}>
      <h2>{t("queues")}</h2>
      <ul>
        {queues.map((queue) => (
          <Entry key={queue.queue} of={queue} isCurrent={isQueue(choice, queue)} />
        ))}
      </ul>
    </nav>
  );
}

const choiceOf = (queue: CaseQueue): CaseChoice => parseChoice(new URLSearchParams(queue.address));
const isQueue = (choice: CaseChoice, queue: CaseQueue): boolean =>
  choice.queue === null ? queue.queue === "all" && JSON.stringify({ ...choice, overdue: false, dueWithinS: null }) === JSON.stringify(EVERY_OPEN_CASE) : choice.queue === queue.queue;

function Entry({ of, isCurrent }: { of: CaseQueue; isCurrent: boolean }) {
  const choice = choiceOf(of);
  const to = (change: Partial<CaseChoice>): string => address({ page: "cases", number: null, choice: { ...choice, ...change } });
  const words = named(of.name, of.name_en);
  return (
    <li class={isCurrent ? "is-current" : ""} data-queue={of.queue}>
      <a href={to({})} aria-current={isCurrent ? "true" : undefined}>
        <span>{words}</span> <b>{number(of.total)}</b>
      </a>
      {of.overdue > 0 && <a class="queue-overdue" href={to({ overdue: true })} aria-label={`${words}: ${t("queue_overdue", { n: of.overdue })}`}>{t("queue_overdue", { n: number(of.overdue) })}</a>}
      {of.due_soon > 0 && <small>{t("queue_due_soon", { n: number(of.due_soon) })}</small>}
    </li>
  );
}
