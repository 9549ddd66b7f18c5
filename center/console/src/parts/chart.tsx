/** A small line over the last minutes. */

import { number } from "../format";

const WIDTH = 300;
const HEIGHT = 72;

interface Series {
  name: string;
  values: (number | null)[];
}

export function Chart({ series, label }: { series: Series[]; label: string }) {
  const most = Math.max(1e-9, ...series.flatMap((one) => one.values.map((value) => value ?? 0)));
  const top = roundUp(most);
  return (
    <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${label}, 0 – ${number(top, top < 10 ? 1 : 0)}`}>
      <path class="chart-grid" d={`M0 ${HEIGHT / 2}H${WIDTH}M0 .5H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}`} />
      {series.map((one) => (
        <path key={one.name} class={`chart-line is-${one.name}`} d={line(one.values, top)} />
      ))}
    </svg>
  );
}

/** The path of a line; a gap where nothing is known, a dot where a value stands alone. */
export function line(values: readonly (number | null)[], top: number): string {
  let pen = "M";
  let path = "";
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const x = values.length < 2 ? WIDTH : (index / (values.length - 1)) * WIDTH;
    const alone = pen === "M" && (values[index + 1] ?? null) === null;
    path += `${pen}${x.toFixed(1)} ${(HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1)}${alone ? "h0" : ""}`;
    pen = "L";
  });
  return path;
}

/** The next of 1, 2, 5, 10, 20 … */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5, 10]) if (value <= step * power) return step * power;
  return 10 * power;
}
