/** Speed over a track, and where in it what is chosen lies. */

import type { HistoryLeg, SpeedBucket } from "../api/types";
import { hourMinute, number } from "../format";
import { t } from "../i18n";
import { type Entry, speedSlots } from "../state/track";
import { Chart, roundUp } from "./chart";

const MOST_SLOTS = 150;

export function TrackSpeed({ buckets, legs, shown }: { buckets: readonly SpeedBucket[]; legs: readonly HistoryLeg[]; shown: Entry | null }) {
  const [first, last] = [legs[0], legs.at(-1)];
  if (first === undefined || last === undefined || buckets.length === 0) return null;
  const [beginMs, endMs] = [Date.parse(first.begin), Date.parse(last.until)];
  // Half as many as there are figures: what reports evenly is a line, and only silence is a gap.
  const slots = Math.max(2, Math.min(MOST_SLOTS, Math.floor(buckets.length / 2)));
  const { mean, top } = speedSlots(buckets, [beginMs, endMs], slots);
  const share = (ms: number): number => Math.min(100, Math.max(0, ((ms - beginMs) / Math.max(1, endMs - beginMs)) * 100));
  const left = shown === null ? 0 : share(shown.beginMs);
  const right = shown === null ? 0 : share(shown.untilMs);
  const most = roundUp(Math.max(1e-9, ...top.map((value) => value ?? 0)));
  return (
    <section class="track-speed">
      <h2>
        {t("track_speed")}
        <small>{t("track_speed_scale", { top: number(most) })} · {t("track_speed_note")}</small>
      </h2>
      <div class="track-chart">
        {shown !== null && <span class="track-band" style={{ left: `${left}%`, width: `max(3px, ${right - left}%)` }} />}
        <Chart series={[{ name: "top", values: top }, { name: "mean", values: mean }]} label={`${t("track_speed")}, km/h`} />
      </div>
      <p class="track-axis">
        <time dateTime={first.begin}>{hourMinute(first.begin)}</time>
        <time dateTime={last.until}>{hourMinute(last.until)}</time>
      </p>
    </section>
  );
}
