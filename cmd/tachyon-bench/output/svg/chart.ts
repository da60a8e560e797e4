// A line chart as SVG: axes that may be logarithmic, lines with points, a legend. No script, no font and no style from
// outside, so a picture looks the same in a browser, in a page and on a wall.

export interface Axis {
  readonly title: string;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly from: number;
  readonly to: number;
  readonly scale: 'linear' | 'log';
}

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly hollow?: boolean }[];
  readonly colour: string;
  /** Draw a mark at each point. */
  readonly marks?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly footer: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

export const COLOURS = { blue: '#2563eb', orange: '#ea580c', green: '#059669', violet: '#7c3aed' } as const;

const WIDTH = 960;
const HEIGHT = 560;
const LEFT = 96;
const RIGHT = 32;
const TOP = 104;
const BOTTOM = 92;
const LEGEND_Y = 82;
const LETTER = 7.2;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;

const round = (value: number): number => Math.round(value * 10) / 10;

/** Where a value of the axis lies, from 0 to 1. */
export function placeOf({ from, to, scale }: Axis, value: number): number {
  if (scale === 'linear') return to === from ? 0 : (value - from) / (to - from);
  return to === from ? 0 : Math.log(Math.max(value, from) / from) / Math.log(to / from);
}

export function chartSvg(chart: Chart): string {
  const right = WIDTH - RIGHT;
  const bottom = HEIGHT - BOTTOM;
  const x = (value: number): number => LEFT + placeOf(chart.x, value) * (right - LEFT);
  const y = (value: number): number => bottom - placeOf(chart.y, value) * (bottom - TOP);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="#475569">`,
    `<title>${escaped(chart.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 36, chart.title, 'font-size="20" font-weight="600" fill="#0f172a"'),
    text(LEFT, 58, chart.subtitle, 'fill="#64748b"'),
    ...legend(chart.series),
    ...chart.y.ticks.flatMap(({ at, label }) => [
      `<line x1="${LEFT}" x2="${right}" y1="${round(y(at))}" y2="${round(y(at))}" stroke="#e2e8f0"/>`,
      text(LEFT - 10, y(at) + 4, label, 'text-anchor="end"'),
    ]),
    ...chart.x.ticks.flatMap(({ at, label }) => [
      `<line x1="${round(x(at))}" x2="${round(x(at))}" y1="${TOP}" y2="${bottom}" stroke="#f1f5f9"/>`,
      text(x(at), bottom + 20, label, 'text-anchor="middle"'),
    ]),
    `<path d="M${LEFT} ${TOP}V${bottom}H${right}" fill="none" stroke="#94a3b8"/>`,
    text((LEFT + right) / 2, bottom + 44, chart.x.title, 'text-anchor="middle" fill="#334155"'),
    text(
      0,
      0,
      chart.y.title,
      `text-anchor="middle" fill="#334155" transform="translate(20 ${(TOP + bottom) / 2}) rotate(-90)"`,
    ),
    ...chart.series.flatMap((series) => line(series, x, y)),
    text(LEFT, HEIGHT - 16, chart.footer, 'font-size="11" fill="#94a3b8"'),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function legend(series: readonly Series[]): string[] {
  let at = LEFT;
  return series.flatMap(({ name, colour }) => {
    const from = at;
    at += 36 + name.length * LETTER + 20;
    return [
      `<line x1="${round(from)}" x2="${round(from + 24)}" y1="${LEGEND_Y}" y2="${LEGEND_Y}" stroke="${colour}" stroke-width="3" stroke-linecap="round"/>`,
      text(from + 32, LEGEND_Y + 4, name, 'fill="#334155"'),
    ];
  });
}

function line({ points, colour, marks }: Series, x: (value: number) => number, y: (value: number) => number): string[] {
  if (points.length === 0) return [];
  const path = points.map((point, at) => `${at === 0 ? 'M' : 'L'}${round(x(point.x))} ${round(y(point.y))}`).join('');
  const drawn = [
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round"/>`,
  ];
  if (marks !== true) return drawn;
  const dots = points.map(
    (point) =>
      `<circle cx="${round(x(point.x))}" cy="${round(y(point.y))}" r="4" fill="${point.hollow === true ? '#ffffff' : colour}" stroke="${colour}" stroke-width="2"/>`,
  );
  return [...drawn, ...dots];
}
