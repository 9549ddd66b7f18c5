/** How the system is: devices, flow, lag. */

import { clockTime, number, seconds, span } from "../format";
import { t, word } from "../i18n";
import { drawing } from "../map/drawing";
import { Chart } from "../parts/chart";
import { connectionKey } from "../parts/status-strip";
import { Fact } from "../parts/fact";
import { heardAt, now, samples, status } from "../state/live";

export function SystemView() {
  const found = status.value;
  const all = samples.value;
  const first = all[0];
  const sinceOpened = [first === undefined ? "" : t("ago", { time: span((now.value - first.at) / 1000) }), t("system_now_axis")] as const;
  return (
    <main id="content" class="page" tabIndex={0}>
      <header class="page-head">
        <h1>{t("system")}</h1>
        <p>
          {t(connectionKey())}
          {heardAt.value > 0 && ` · ${t("system_as_of")} ${clockTime(heardAt.value)}`}
        </p>
      </header>
      <div class="system-cards">
        <section class="card">
          <h2>{t("system_flow")}</h2>
          <p class="big">{found?.messages_per_s == null ? "–" : number(found.messages_per_s, found.messages_per_s < 10 ? 1 : 0)}</p>
          <Chart
            series={[{ name: "rate", values: all.map((one) => one.rate) }]}
            label={t("system_flow")}
            tick={(value) => t("system_per_s", { n: number(value, value < 5 && value % 1 !== 0 ? 1 : 0) })}
            span={sinceOpened}
          />
        </section>
        <section class="card">
          <h2>{t("system_lag")}</h2>
          <p class="big">{found?.lag_p50_s == null ? "–" : seconds(found.lag_p50_s)}</p>
          <Chart
            series={[
              { name: "p99", values: all.map((one) => one.lagP99) },
              { name: "p50", values: all.map((one) => one.lagP50) },
            ]}
            label={t("system_lag")}
            tick={(value) => (value === 0 ? number(0) : seconds(value))}
            span={sinceOpened}
            legend={[
              { name: "p50", words: t("system_median", { time: found?.lag_p50_s == null ? "–" : seconds(found.lag_p50_s) }) },
              { name: "p99", words: t("system_p99", { time: found?.lag_p99_s == null ? "–" : seconds(found.lag_p99_s) }) },
            ]}
          />
        </section>
        <section class="card">
          <h2>{t("system_devices")}</h2>
          <table class="table">
            <thead>
              <tr>
                <th scope="col"><span class="hidden">{t("system_devices")}</span></th>
                <th scope="col">{t("system_live")}</th>
                <th scope="col">{t("system_known")}</th>
              </tr>
            </thead>
            <tbody>
              {found?.devices.map((one) => (
                <tr key={one.kind}>
                  <th scope="row">{word("kinds", one.kind)}</th>
                  <td>
                    {number(one.live)}
                    <span class="meter"><span style={{ width: `${one.known === 0 ? 0 : Math.min(100, (one.live / one.known) * 100)}%` }} /></span>
                  </td>
                  <td>{number(one.known)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <section class="card">
          <h2>{t("system_now")}</h2>
          <dl class="facts">
            <Fact name={t("system_waiting")}>{t(found?.waiting == null ? "system_nothing" : "system_database")}</Fact>
            <Fact name={t("status_cases")}>{found === null ? "–" : number(found.cases_open)}</Fact>
            <Fact name={t("system_overdue")}>{found === null ? "–" : number(found.cases_overdue)}</Fact>
            <Fact name={t("system_browsers")}>{found === null ? "–" : number(found.browsers)}</Fact>
            {drawing.value !== null && <Fact name={t("system_map")}>{t("system_map_value", { n: number(drawing.value.things), fps: number(drawing.value.hz) })}</Fact>}
          </dl>
        </section>
      </div>
    </main>
  );
}
