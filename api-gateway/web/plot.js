// A plot of lines over time. uPlot draws; the legend is ours, because it is text: the values under the pointer, or else the
// newest. Colours come from the style sheet, so that dark and light look alike.

import { NONE } from './text.js';
import { html, useEffect, useRef, useState } from './vendor/preact.js';
import uPlot from './vendor/uplot.js';

const HEIGHT = 190;
/** Level lines of a scale begin at nothing, and have some height even where all is nothing. */
const range = (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)];

const DARK = matchMedia('(prefers-color-scheme: dark)');

function useDark() {
  const [dark, setDark] = useState(DARK.matches);
  useEffect(() => {
    const changed = () => setDark(DARK.matches);
    DARK.addEventListener('change', changed);
    return () => DARK.removeEventListener('change', changed);
  }, []);
  return dark;
}

/** `lines`: `[{ name, label, colour }]`, the colour as the name of a custom property; `format` for values and the axis, which has
 * no parts of one where values are `whole`. */
export function Plot({ title, lines, history, format, newest, whole = false }) {
  const place = useRef(null);
  const plot = useRef(null);
  const [under, setUnder] = useState(null);
  const dark = useDark();

  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--faint'),
      font: `11px ${colour('--sans')}`,
      grid: { stroke: colour('--rule'), width: 1 },
      ticks: { show: false },
    };
    const two = (n) => String(n).padStart(2, '0');
    const clock = (seconds) => {
      const at = new Date(seconds * 1_000);
      return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    };
    const drawn = new uPlot(
      {
        width: place.current.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { size: 6 }, y: false },
        padding: [8, 8, 0, 0],
        scales: { x: { time: true }, y: { range } },
        axes: [
          { ...axis, space: 90, size: 28, values: (_plot, splits) => splits.map(clock) },
          {
            ...axis,
            size: 58,
            values: (_plot, splits) => splits.map((value) => (whole && value % 1 !== 0 ? '' : format(value))),
          },
        ],
        series: [
          {},
          ...lines.map(({ colour: name }) => ({ stroke: colour(name), width: 1.75, points: { show: false } })),
        ],
        hooks: { setCursor: [({ cursor }) => setUnder(cursor.idx ?? null)] },
      },
      columnsOf(history, lines),
      place.current,
    );
    plot.current = drawn;
    const watched = new ResizeObserver(() => {
      const width = place.current?.clientWidth ?? 0;
      if (width > 0 && width !== drawn.width) drawn.setSize({ width, height: HEIGHT });
    });
    watched.observe(place.current);
    return () => {
      watched.disconnect();
      drawn.destroy();
    };
  }, [dark]);

  useEffect(() => {
    plot.current?.setData(columnsOf(history, lines));
  }, [newest]);

  const sample = history.samples[under ?? history.samples.length - 1];
  const told = lines.map(({ name, label }) => `${label} ${format(sample?.[name])}`).join(', ');
  return html`<figure class="plot">
    <figcaption>
      <h2>${title}</h2>
      <ul>
        ${lines.map(
          ({ name, label, colour }) =>
            html`<li><i class=${`swatch ${colour.slice(2)}`}></i>${label} <b class="value">${sample === undefined ? NONE : format(sample[name])}</b></li>`,
        )}
      </ul>
    </figcaption>
    <div ref=${place} class="canvas" role="img" aria-label=${`${title}: ${told}`}></div>
  </figure>`;
}

const columnsOf = (history, lines) => [history.column('at'), ...lines.map(({ name }) => history.column(name))];
