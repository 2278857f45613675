// The Prometheus text exposition format, version 0.0.4: how a metric family is written down. It
// does not know which families there are.
// https://prometheus.io/docs/instrumenting/exposition_formats/

export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** Appended to the family's name: `_bucket`, `_sum` and `_count` for histograms. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The lines of one family, with a line feed after each; nothing for a family without samples. */
export function formatFamily(family: Family): string {
  if (family.samples.length === 0) return '';
  const { name, type, help } = family;
  let text = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  for (const { suffix = '', labels = {}, value } of family.samples) {
    text += `${name}${suffix}${formatLabels(labels)} ${value}\n`;
  }
  return text;
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
