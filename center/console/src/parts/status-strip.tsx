/** The strip that is always there: is it live, how much comes in, how late, what is open. */

import type { Key } from "../i18n";
import { t } from "../i18n";
import { clockTime, number, seconds } from "../format";
import { connection, endsSoonMs, heardAt, isOld, openCount, status } from "../state/live";
import { address } from "../routes";
import { EVERY_OPEN_CASE } from "../state/case-choice";
import { Icon } from "./icons";

export function connectionKey(): Key {
  if (connection.value === "lost" || connection.value === "crowded") return "status_lost";
  if (status.value === null) return "status_connecting";
  return status.value.waiting === null ? "status_live" : "status_waiting";
}

export function StatusStrip() {
  if (connection.value === "none") return <span class="strip" />;
  const key = connectionKey();
  const found = status.value;
  const devices = found?.devices.filter((one) => one.kind !== "camera" && one.kind !== "box");
  const live = devices?.reduce((sum, one) => sum + one.live, 0);
  return (
    <section class="strip" aria-label={t("status_label")}>
      <p class={`strip-state is-${key.slice("status_".length)}`} role="status">
        <i class="dot" />
        {t(key)}
      </p>
      <dl>
        <Figure name="status_devices" value={live === undefined ? "–" : number(live)} />
        <Figure name="status_rate" value={found?.messages_per_s == null ? "–" : number(found.messages_per_s)} />
        <Figure name="status_lag" value={found?.lag_p99_s == null ? "–" : seconds(found.lag_p99_s)} />
        <div class="figure">
          <dt>{t("status_cases")}</dt>
          <dd>
            <a href={address({ page: "cases", number: null, choice: EVERY_OPEN_CASE })}>
              {found === null ? "–" : number(openCount.value)}
            </a>
            {found !== null && found.cases_overdue > 0 && (
              <a class="strip-overdue" href={address({ page: "cases", number: null, choice: { ...EVERY_OPEN_CASE, overdue: true } })}>
                {number(found.cases_overdue)} {t("status_overdue")}
              </a>
            )}
          </dd>
        </div>
      </dl>
    </section>
  );
}

const Figure = ({ name, value }: { name: Key; value: string }) => (
  <div class={`figure ${name === "status_rate" ? "is-rate" : name === "status_lag" ? "is-lag" : ""}`}>
    <dt>{t(name)}</dt>
    <dd>{value}</dd>
  </div>
);

/** Says so when what is shown is old. */
export function OldPicture() {
  if (!isOld.value) return null;
  const time = heardAt.value === 0 ? "" : clockTime(heardAt.value);
  const key = connection.value === "crowded" ? "old_crowded" : connection.value !== "lost" ? "old_waiting" : time === "" ? "old_never" : "old_lost";
  return (
    <div class="old" role="alert">
      <Icon name="warning" size={18} />
      <p>{t(key, { time })}</p>
    </div>
  );
}

/** Says so when the session is about to end because nobody uses it. */
export function EndsSoon() {
  if (endsSoonMs.value === null) return null;
  return (
    <div class="old" role="alert">
      <Icon name="warning" size={18} />
      <p>{t("ends_soon", { time: clockTime(endsSoonMs.value) })}</p>
    </div>
  );
}
