// How the report looks: on a phone and on a desk, in the light and in the dark, with the fonts that
// the reader's system has.

import { Markup } from './markup.ts';

export const REPORT_STYLE = new Markup(`
:root {
  --page: #fff; --ink: #1c2024; --faint: #60646c; --line: #d9d9e0; --box: #f6f6f8;
  --met: #18794e; --missed: #c62a2f;
  --s0: #0b68cb; --s1: #c2570c; --s2: #18794e; --s3: #8e4ec6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111113; --ink: #edeef0; --faint: #b0b4ba; --line: #3a3c43; --box: #1b1c1f;
    --met: #3dd68c; --missed: #ff9592;
    --s0: #70b8ff; --s1: #ffa057; --s2: #3dd68c; --s3: #d19dff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; -webkit-text-size-adjust: 100%;
}
main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h2::first-letter { text-transform: uppercase; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
a { color: inherit; text-decoration-color: var(--faint); text-underline-offset: .2em; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; margin: 1rem 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
code { font-size: .875em; }
.summary { font-size: 1.125rem; }
.met { color: var(--met); }
.missed { color: var(--missed); }
.note, .origin { color: var(--faint); font-size: .875rem; }
.scroll {
  overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0 1rem;
}
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { padding: .375rem .75rem; text-align: right; white-space: nowrap; }
th { background: var(--box); color: var(--faint); font-weight: 600; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
td { border-top: 1px solid var(--line); font-variant-numeric: tabular-nums; }
.goals td:first-child { white-space: normal; min-width: 11rem; }
@media (max-width: 30rem) {
  th, td { padding: .375rem .5rem; }
  .goals td:first-child { min-width: 9rem; }
}
.charts {
  display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
}
figure { margin: .5rem 0; max-width: 36rem; }
figcaption { font-weight: 600; }
figure svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--faint); font-size: 13px; font-family: system-ui, sans-serif; }
.grid { stroke: var(--line); stroke-width: 1; }
.series-0 { --series: var(--s0); }
.series-1 { --series: var(--s1); }
.series-2 { --series: var(--s2); }
.series-3 { --series: var(--s3); }
polyline { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round; }
circle { fill: var(--series); }
.legend { margin: 0; font-size: .875rem; color: var(--faint); }
.key { display: inline-block; margin-left: .75rem; color: var(--ink); }
.key::before {
  content: ''; display: inline-block; width: .75rem; height: .75rem; margin-right: .375rem;
  border-radius: 50%; background: var(--series); vertical-align: -.05rem;
}
.bar { display: block; width: 6.5rem; height: .75rem; fill: currentColor; }
.bar .track { fill: var(--line); }
.bar line { stroke: var(--ink); stroke-width: 1.5; }
`);
