/** What waits for whoever is signed on: to verify, to check, to handle. */

import { center } from "../../api/client";
import type { CasePage } from "../../api/types";
import { CaseCard } from "../parts/case-card";
import { State } from "../parts/state";
import { useAnswer } from "../kept";
import { byDeadline } from "../tasks";
import { p } from "../words";

export const useTasks = () => useAnswer<CasePage>("tasks", () => center.casesBy({ queue: "mine", sort: "deadline", limit: 100 }));

export function TasksView() {
  const answer = useTasks();
  const tasks = [...(answer.value?.cases ?? [])].sort(byDeadline);
  return (
    <>
      <State of={answer} />
      {answer.value !== null && tasks.length === 0 && <p class="empty">{p("tasks_none")}</p>}
      <div class="phone-list">{tasks.map((of) => <CaseCard key={of.number} of={of} isTask />)}</div>
    </>
  );
}
