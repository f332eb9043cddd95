// Charts over time as SVG, each with its numbers as a table for who does not see it. Colours come from the style sheet.
import { scaleLinear, scaleTime } from 'd3-scale';
import { area, curveMonotoneX, line } from 'd3-shape';
import { useId, type ReactNode } from 'react';
import { useNarrow } from './use-narrow.js';
import { formatTime } from './words.js';

export interface ChartPoint {
  readonly at: string;
  /** Null where nothing is known; the line has a gap there. */
  readonly value: number | null;
}

export interface ChartProps {
  readonly title: string;
  /** What the numbers are, as a column's heading: "Changes". */
  readonly unit: string;
  readonly kind: 'bars' | 'line';
  readonly points: readonly ChartPoint[];
  readonly format: (value: number) => string;
  /** What null means, in the table. */
  readonly none: string;
}

/** Units of the drawing; on a phone fewer, so that its words stay as large as the others. */
const WIDE = 640;
const NARROW = 330;
const HEIGHT = 180;
const EDGE = { top: 10, right: 8, bottom: 22, left: 52 };
const HOUR = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export function TimeChart({ title, unit, kind, points, format, none }: ChartProps): ReactNode {
  const id = useId();
  const known = points.filter((point): point is { at: string; value: number } => point.value !== null);
  const highest = Math.max(0, ...known.map(({ value }) => value));
  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption id={id}>{title} <span className="soft">{known.length === 0 ? none : `at most ${format(highest)}`}</span></figcaption>
      <Drawing label={`${title}: ${known.length === 0 ? none : `between ${format(Math.min(...known.map(({ value }) => value)))} and ${format(highest)}`}. The numbers are in the table below.`} kind={kind} points={points} format={format} highest={highest} />
      <details><summary>As a table</summary>
        <div className="scrolls" tabIndex={0} role="group" aria-label={`${title}, numbers`}><table className="plain-table">
          <thead><tr><th scope="col">From</th><th scope="col" className="end">{unit}</th></tr></thead>
          <tbody>{points.map(({ at, value }) => <tr key={at}><td>{formatTime(at)}</td><td className="end number">{value === null ? <span className="soft">{none}</span> : format(value)}</td></tr>)}</tbody>
        </table></div>
      </details>
    </figure>
  );
}

function Drawing({ label, kind, points, format, highest }: { readonly label: string; readonly highest: number } & Pick<ChartProps, 'kind' | 'points' | 'format'>): ReactNode {
  const isNarrow = useNarrow();
  const width = isNarrow ? NARROW : WIDE;
  const times = points.map(({ at }) => new Date(at));
  const first = times[0] ?? new Date(0);
  const step = points.length > 1 ? (times.at(-1)?.getTime() ?? 0) / (points.length - 1) - first.getTime() / (points.length - 1) : 3_600_000;
  const end = new Date((times.at(-1)?.getTime() ?? 0) + step);
  const x = scaleTime([first, end], [EDGE.left, width - EDGE.right]);
  const y = scaleLinear([0, Math.max(1, highest)], [HEIGHT - EDGE.bottom, EDGE.top]).nice(3);
  const isLong = end.getTime() - first.getTime() > 48 * 3_600_000;
  const middle = (point: ChartPoint): number => x(new Date(new Date(point.at).getTime() + step / 2));
  const top = (point: ChartPoint): number => y(point.value ?? 0);
  const isKnown = (point: ChartPoint): boolean => point.value !== null;
  const bar = Math.max(1, (width - EDGE.left - EDGE.right) / Math.max(1, points.length) - 3);
  return (
    <svg viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
      {y.ticks(3).map((tick) => <g key={tick}><line className="rule" x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} /><text x={EDGE.left - 8} y={y(tick) + 4} textAnchor="end">{format(tick)}</text></g>)}
      {x.ticks(isNarrow ? 3 : 6).map((tick) => <text key={tick.getTime()} x={x(tick)} y={HEIGHT - 5} textAnchor="middle">{(isLong ? DAY : HOUR).format(tick)}</text>)}
      {kind === 'bars' ? points.filter(isKnown).map((point) => <rect key={point.at} className="bar" x={x(new Date(point.at)) + 1.5} width={bar} y={top(point)} height={Math.max(0, y(0) - top(point))} rx="2" />) : (
        <>
          <path className="area" d={area<ChartPoint>(middle, () => y(0), top).defined(isKnown).curve(curveMonotoneX)([...points]) ?? ''} />
          <path className="stroke" d={line<ChartPoint>(middle, top).defined(isKnown).curve(curveMonotoneX)([...points]) ?? ''} />
          {points.filter(isKnown).map((point) => <circle key={point.at} className="dot" cx={middle(point)} cy={top(point)} r="2.5" />)}
        </>
      )}
    </svg>
  );
}
