// A chart of lines as SVG: numbers over numbers, each axis linear or logarithmic. Its colours are
// those of the page, by the classes series-0, series-1 and so on.

import { type Axis, canShow, type Scale, scaleOf } from './chart-scale.ts';
import { type Markup, markup } from './markup.ts';

export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

export interface Series {
  readonly name: string;
  /** What an axis cannot show is left out. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** As many as the page has colours. */
const SERIES_MAX = 4;

const WIDTH = 480;
const HEIGHT = 300;
const PLOT = { left: 56, right: 464, top: 12, bottom: 252 } as const;
const POINT_RADIUS = 3;
/** Beyond so many points dots hide the line. */
const DOTS_MAX = 60;
const FORMAT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

interface Drawing {
  readonly chart: LineChart;
  readonly x: Scale;
  readonly y: Scale;
}

export function lineChart(chart: LineChart): Markup {
  const points = chart.series.flatMap((series) => shown(chart, series));
  const drawing = {
    chart,
    x: scaleOf(chart.x, { values: points.map(([x]) => x), from: PLOT.left, to: PLOT.right }),
    y: scaleOf(chart.y, { values: points.map(([, y]) => y), from: PLOT.bottom, to: PLOT.top }),
  };
  const series = chart.series.slice(0, SERIES_MAX);
  return markup`<figure>
<figcaption>${chart.title}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title}">
${drawing.y.ticks.map((value) => horizontal(value, drawing))}
${drawing.x.ticks.map((value) => vertical(value, drawing))}
<text x="${PLOT.right}" y="${HEIGHT - 8}" text-anchor="end">${chart.x.label}</text>
${series.map((one, index) => line(one, index, drawing))}
</svg>
<p class="legend"><span>${chart.y.label}:</span> ${series.map(key)}</p>
</figure>`;
}

function horizontal(value: number, { y }: Drawing): Markup {
  const at = y.place(value).toFixed(1);
  return markup`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}"/>
<text x="${PLOT.left - 6}" y="${at}" dy="0.35em" text-anchor="end">${FORMAT.format(value)}</text>
`;
}

function vertical(value: number, { x }: Drawing): Markup {
  const at = x.place(value).toFixed(1);
  return markup`<line class="grid" x1="${at}" x2="${at}" y1="${PLOT.top}" y2="${PLOT.bottom}"/>
<text x="${at}" y="${PLOT.bottom + 18}" text-anchor="middle">${FORMAT.format(value)}</text>
`;
}

function line(series: Series, index: number, { chart, x, y }: Drawing): Markup {
  const points = shown(chart, series);
  const places = points.map(([px, py]) => `${x.place(px).toFixed(1)},${y.place(py).toFixed(1)}`);
  const dots = points.length > DOTS_MAX ? [] : points;
  return markup`<g class="series-${index}"><polyline points="${places.join(' ')}"/>
${dots.map((point) => dot(point, series.name, { x, y }))}</g>
`;
}

function dot(
  [px, py]: Series['points'][number],
  name: string,
  { x, y }: Pick<Drawing, 'x' | 'y'>,
): Markup {
  const text = `${name}: ${FORMAT.format(py)} at ${FORMAT.format(px)}`;
  const [cx, cy] = [x.place(px).toFixed(1), y.place(py).toFixed(1)];
  return markup`<circle cx="${cx}" cy="${cy}" r="${POINT_RADIUS}"><title>${text}</title></circle>`;
}

function key({ name }: Series, index: number): Markup {
  return markup`<span class="key series-${index}">${name}</span> `;
}

function shown({ x, y }: LineChart, { points }: Series): Series['points'] {
  return points.filter(([px, py]) => canShow(x, px) && canShow(y, py));
}
