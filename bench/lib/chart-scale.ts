// The scale of one axis of a chart: where a value stands, and which values are marked.

export interface Axis {
  readonly label: string;
  /** A logarithmic axis shows nothing of what is not above 0. */
  readonly scale: 'linear' | 'log';
}

export interface Scale {
  readonly ticks: readonly number[];
  readonly place: (value: number) => number;
}

export interface Extent {
  /** All of which the axis can show. */
  readonly values: readonly number[];
  /** Places in the drawing of the least and the largest tick. */
  readonly from: number;
  readonly to: number;
}

const TICKS_ABOUT = 5;

export function scaleOf({ scale }: Axis, { values, from, to }: Extent): Scale {
  const isLog = scale === 'log';
  const ticks = isLog ? decades(values) : evenSteps(values);
  const measure = isLog ? Math.log10 : Number;
  const [low, high] = [measure(ticks[0] as number), measure(ticks.at(-1) as number)];
  const place = (value: number): number => {
    const share = (measure(value) - low) / (high - low);
    return from + Math.min(1, Math.max(0, share)) * (to - from);
  };
  return { ticks, place };
}

export function canShow({ scale }: Axis, value: number): boolean {
  return Number.isFinite(value) && (scale === 'linear' || value > 0);
}

/** Powers of ten around the values, two at least. */
function decades(values: readonly number[]): number[] {
  const first = values.length === 0 ? 0 : Math.floor(Math.log10(Math.min(...values)));
  const last = values.length === 0 ? 1 : Math.ceil(Math.log10(Math.max(...values)));
  const count = Math.max(2, last - first + 1);
  return Array.from({ length: count }, (_, index) => 10 ** (first + index));
}

/** From 0 on, in steps of 1, 2 or 5 times a power of ten. */
function evenSteps(values: readonly number[]): number[] {
  const most = Math.max(0, ...values);
  const rough = (most === 0 ? 1 : most) / TICKS_ABOUT;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) as number);
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}
