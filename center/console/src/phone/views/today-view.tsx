/** The day at a glance: what is due, duty, and what lies on the phone unsent. */

import { center } from "../../api/client";
import type { Duty, Person } from "../../api/types";
import { dayAndMinute } from "../../format";
import { may, now, session } from "../../state/live";
import { useAnswer } from "../kept";
import { unsent } from "../outbox";
import { CaseCard } from "../parts/case-card";
import { Notices } from "../parts/notices";
import { State } from "../parts/state";
import { address } from "../routes";
import { byDeadline, dayOf, reportedToday } from "../tasks";
import { p } from "../words";
import { useMine } from "./mine-view";
import { useTasks } from "./tasks-view";

const SHOWN = 3;
const DAY_MS = 86_400_000;

export function TodayView() {
  const tasks = useTasks();
  const cases = [...(tasks.value?.cases ?? [])].sort(byDeadline);
  const day = dayOf(cases, now.value);
  const refused = unsent.value.filter(({ state }) => state === "refused" || state === "doubtful").length;
  return (
    <>
      <section class="card" aria-labelledby="hints">
        <h2 id="hints">{p("today_hints")}</h2>
        <DutyToday />
        <dl class="phone-figures">
          <Figure n={day.tasks} of={p("today_tasks")} to={address({ page: "tasks" })} />
          <Figure n={day.overdue} of={p("today_overdue")} to={address({ page: "tasks" })} isBad />
          <Figure n={day.dueSoon} of={p("today_due")} to={address({ page: "tasks" })} />
          <Figure n={day.urged} of={p("today_urged")} to={address({ page: "tasks" })} isBad />
          <Figure n={unsent.value.length} of={p("today_waiting")} to={address({ page: "outbox" })} />
          <Figure n={refused} of={p("today_refused")} to={address({ page: "outbox" })} isBad />
          {may("case.report") && <ReportedToday />}
        </dl>
      </section>
      <Notices />
      <State of={tasks} />
      {tasks.value !== null && cases.length === 0 && <p class="empty">{p("today_tasks_none")}</p>}
      <div class="phone-list">{cases.slice(0, SHOWN).map((of) => <CaseCard key={of.number} of={of} isTask />)}</div>
    </>
  );
}

function ReportedToday() {
  const mine = useMine();
  return <Figure n={reportedToday(mine.value?.cases ?? [], now.value)} of={p("today_reports")} to={address({ page: "mine" })} />;
}

/** What is zero and would be bad is left out. */
const Figure = ({ n, of, to, isBad = false }: { n: number; of: string; to: string; isBad?: boolean }) =>
  isBad && n === 0 ? null : (
    <div class={isBad ? "is-bad" : ""}>
      <dt>{of}</dt>
      <dd><a href={to}>{n}</a></dd>
    </div>
  );

interface Planned {
  duty: Duty[];
  person: string | null;
}

/** Duty is planned for persons; an account belongs to one. */
function DutyToday() {
  const login = session.value?.login ?? "";
  const { value } = useAnswer<Planned>(may("people.read") ? "duty" : null, async () => {
    const [duty, persons] = await Promise.all([center.duty(Date.now() - DAY_MS, Date.now() + 7 * DAY_MS), center.persons()]);
    return { duty, person: persons.find((one: Person) => one.accounts.includes(login))?.person ?? null };
  });
  if (value === null || value.person === null) return null;
  const mine = value.duty.filter((one) => one.person === value.person && Date.parse(one.ends_at) > now.value).sort((one, other) => one.starts_at.localeCompare(other.starts_at));
  const next = mine[0];
  if (next === undefined) return <p class="empty">{p("today_duty_none")}</p>;
  const isNow = Date.parse(next.starts_at) <= now.value;
  return (
    <p>
      {p(isNow ? "today_duty" : "today_duty_later", { from: dayAndMinute(next.starts_at, now.value), to: dayAndMinute(next.ends_at, now.value) })}
      {next.grid_cells.length > 0 && <small><br />{p("today_grids", { cells: next.grid_cells.join(", ") })}</small>}
    </p>
  );
}
