/** Speed over a track, and where in it what is chosen lies. */

import type { HistoryLeg, SpeedBucket } from "../api/types";
import { hourMinute, number } from "../format";
import { t } from "../i18n";
import { type Entry, speedSlots } from "../state/track";
import { Chart } from "./chart";

const MAX_SLOTS = 150;

export function TrackSpeed({ buckets, legs, shown }: { buckets: readonly SpeedBucket[]; legs: readonly HistoryLeg[]; shown: Entry | null }) {
  const [first, last] = [legs[0], legs.at(-1)];
  if (first === undefined || last === undefined || buckets.length === 0) return null;
  const [beginMs, endMs] = [Date.parse(first.begin), Date.parse(last.until)];
  // Half as many as there are figures: what reports evenly is a line, and only silence is a gap.
  const slots = Math.max(2, Math.min(MAX_SLOTS, Math.floor(buckets.length / 2)));
  const { mean, top } = speedSlots(buckets, [beginMs, endMs], slots);
  const share = (ms: number): number => Math.min(100, Math.max(0, ((ms - beginMs) / Math.max(1, endMs - beginMs)) * 100));
  const left = shown === null ? 0 : share(shown.beginMs);
  const right = shown === null ? 0 : share(shown.untilMs);
  return (
    <section class="track-speed">
      <h2>{t("track_speed")}</h2>
      <Chart
        series={[{ name: "top", values: top }, { name: "mean", values: mean }]}
        label={t("track_speed")}
        tick={(value) => `${number(value, value % 1 === 0 ? 0 : 1)} km/h`}
        span={[<time dateTime={first.begin}>{hourMinute(first.begin)}</time>, <time dateTime={last.until}>{hourMinute(last.until)}</time>]}
        legend={[{ name: "mean", words: t("track_speed_mean") }, { name: "top", words: t("track_speed_top") }]}
      >
        {shown !== null && <span class="track-band" style={{ left: `${left}%`, width: `max(3px, ${right - left}%)` }} />}
      </Chart>
    </section>
  );
}
