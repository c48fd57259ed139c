// Lines and bars over time, by uPlot. Colours are those of the style sheet, dark or light.
import type {JSX} from "preact";
import {useEffect, useRef} from "preact/hooks";
import uPlot from "uplot";

export interface Line {
  label: string;
  colour: string; // a property of the style sheet, "--blue"
  values: number[];
  isBar?: boolean;
}

const HEIGHT = 150;
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000,
  100000, 200000, 500000, 1000000];

const CLOCK = new Intl.DateTimeFormat(undefined, {hour: "2-digit", minute: "2-digit",
  hourCycle: "h23"});

function clock(seconds: number): string {
  return CLOCK.format(new Date(seconds * 1000));
}

function colourOf(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

function optionsOf(element: HTMLElement, lines: Line[]): uPlot.Options {
  const text = colourOf(element, "--muted");
  const grid = {stroke: colourOf(element, "--line"), width: 1};
  const axis = {stroke: text, grid, ticks: {show: false}, font: "11px system-ui"};
  const bars = uPlot.paths.bars!({size: [0.8, 12]});
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: {show: false},
    padding: [10, 10, 0, 0],
    cursor: {points: {size: 6}, drag: {x: false, y: false}},
    scales: {y: {range: (_, min, max) => [Math.min(0, min), Math.max(4, max * 1.1)]}},
    axes: [
      {...axis, size: 24, space: 60, values: (_, splits) => splits.map(clock)},
      {...axis, size: 44, incrs: WHOLE_STEPS}],
    series: [{}, ...lines.map((line): uPlot.Series => {
      const stroke = colourOf(element, line.colour);
      return line.isBar
        ? {label: line.label, stroke, fill: stroke, paths: bars, points: {show: false}}
        : {label: line.label, stroke, width: 2, fill: `${stroke}22`, points: {show: false}};
    })],
  };
}

// Bars that stand on one another are drawn from the highest sum down.
function dataOf(times: number[], lines: Line[]): uPlot.AlignedData {
  const sums: number[][] = [];
  for (const line of lines) {
    const below = line.isBar ? sums[sums.length - 1] : undefined;
    sums.push(line.values.map((value, i) => value + (below?.[i] ?? 0)));
  }
  return [times, ...(lines[0]?.isBar ? sums.reverse() : sums)];
}

export function Chart(
  {title, times, lines, unit = ""}: {title: string; times: number[]; lines: Line[];
    unit?: string}): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data = useRef({times, lines});
  data.current = {times, lines};
  const shape = lines.map((line) => line.label).join();

  useEffect(() => {
    const element = box.current!;
    const draw = (): void => {
      plot.current?.destroy();
      const {times: at, lines: all} = data.current;
      const ordered = all[0]?.isBar ? [...all].reverse() : all;
      plot.current = new uPlot(optionsOf(element, ordered), dataOf(at, all), element);
    };
    draw();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    const size = new ResizeObserver(() => {
      plot.current?.setSize({width: element.clientWidth, height: HEIGHT});
    });
    size.observe(element);
    return () => {
      dark.removeEventListener("change", draw);
      size.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(dataOf(times, lines));
  }, [times, lines]);

  const latest = lines.map((line) => `${line.label} ${line.values[line.values.length - 1] ?? 0}`);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        {lines.length > 1 && lines.map((line) => (
          <span class="key" key={line.label}>
            <span class={`swatch ${line.colour.slice(2)}`} aria-hidden="true" />{line.label}
          </span>
        ))}
      </figcaption>
      <div class="plot" ref={box} role="img"
        aria-label={`${title}${unit}, lately: ${latest.join(", ")}`} />
    </figure>
  );
}
