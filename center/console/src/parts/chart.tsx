/** Lines over time, with what they are measured in beside them and the time below. */

import type { ComponentChildren } from "preact";

const WIDTH = 300;
const HEIGHT = 72;

interface Series {
  /** Also the line's class. */
  name: string;
  values: (number | null)[];
}

interface Properties {
  label: string;
  series: Series[];
  /** A value of the vertical axis in words, with its unit. */
  tick: (value: number) => string;
  /** What stands below the left and the right end; empty where nothing is known yet. */
  span: readonly [ComponentChildren, ComponentChildren];
  /** What each line means, if there is more than one. */
  legend?: readonly { name: string; words: string }[];
  /** Drawn behind the lines. */
  children?: ComponentChildren;
}

export function Chart({ series, label, tick, span, legend = [], children }: Properties) {
  const top = roundUp(Math.max(1e-9, ...series.flatMap((one) => one.values.map((value) => value ?? 0))));
  const known = series.some((one) => one.values.some((value) => value !== null));
  return (
    <figure class="chart">
      <div class="chart-scale" aria-hidden="true">
        {[top, top / 2, 0].map((value) => (
          <span key={value}>{known ? tick(value) : ""}</span>
        ))}
      </div>
      <div class="chart-plot">
        {children}
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={known ? `${label}, ${tick(0)} – ${tick(top)}` : label}>
          <path class="chart-grid" d={`M0 ${HEIGHT / 2}H${WIDTH}M0 .5H${WIDTH}M0 ${HEIGHT - 0.5}H${WIDTH}`} />
          {series.map((one) => (
            <path key={one.name} class={`chart-line is-${one.name}`} d={line(one.values, top)} />
          ))}
        </svg>
      </div>
      <p class="chart-time">
        <span>{span[0]}</span>
        <span>{span[1]}</span>
      </p>
      {legend.length > 0 && (
        <figcaption class="chart-legend">
          {legend.map(({ name, words }) => (
            <span key={name}>
              <svg viewBox="0 0 24 4" width={24} height={4} aria-hidden="true">
                <path class={`chart-line is-${name}`} d="M0 2H24" />
              </svg>
              {words}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
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
