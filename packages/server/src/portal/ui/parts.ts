/** Larger pieces of pages: headings, callouts, tables, lists of facts, danger zones and the small chart of use. */
import { attributes, html, type Child, type Html } from './html.ts';
import { icon, type IconName } from './icons.ts';
import type { Tone } from './state.ts';

/** The page's h1 with what can be done about the whole page on the right. */
export const heading = (given: {
  readonly title: Child;
  readonly lead?: Child;
  readonly actions?: Child;
  readonly back?: { readonly href: string; readonly label: string };
}): Html =>
  html`<div class="page-head">
    <div>
      ${given.back !== undefined && html`<p class="back"><a href="${given.back.href}">${icon('chevron-left')} ${given.back.label}</a></p>`}
      <h1>${given.title}</h1>
      ${given.lead !== undefined && html`<p class="lead">${given.lead}</p>`}
    </div>
    ${given.actions !== undefined && html`<div class="actions">${given.actions}</div>`}
  </div>`;

/** A part of a page under an h2. */
export const section = (
  given: {
    readonly title: string;
    readonly lead?: Child;
    readonly id?: string;
    readonly actions?: Child;
  },
  ...children: readonly Child[]
): Html =>
  html`<section class="section"${attributes({ id: given.id })}>
    <div class="section-head">
      <div>
        <h2>${given.title}</h2>
        ${given.lead !== undefined && html`<p class="lead">${given.lead}</p>`}
      </div>
      ${given.actions}
    </div>
    ${children}
  </section>`;

const CALLOUT_ICONS: Readonly<Record<Tone, IconName>> = {
  good: 'check',
  warning: 'alert-triangle',
  danger: 'alert-triangle',
  quiet: 'info',
  accent: 'info',
};

export const callout = (tone: Tone, ...children: readonly Child[]): Html =>
  html`<div class="callout callout-${tone}">
    ${icon(CALLOUT_ICONS[tone])}
    <div>${children}</div>
  </div>`;

export const dangerZone = (
  given: { readonly title: string; readonly lead: Child },
  ...children: readonly Child[]
): Html =>
  html`<section class="danger-zone">
    <div>
      <h2>${given.title}</h2>
      <p>${given.lead}</p>
    </div>
    ${children}
  </section>`;

/** What an empty list says: what would be here and the way to the first one. */
export const emptyState = (
  given: { readonly icon: IconName; readonly title: string },
  ...children: readonly Child[]
): Html =>
  html`<div class="empty">
    ${icon(given.icon)}
    <h2>${given.title}</h2>
    ${children}
  </div>`;

export interface Column<Row> {
  readonly label: string;
  readonly cell: (row: Row) => Child;
  /**
   * `number` aligns right; `primary` is the row's heading and leads when rows stack on a phone, with `state` beside it;
   * `short` never wraps on a wide screen; `long` may break anywhere, as addresses must; `actions` and `select` have no
   * visible heading.
   */
  readonly kind?: 'text' | 'number' | 'primary' | 'short' | 'long' | 'state' | 'actions' | 'select';
}

export interface Table<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly id?: string;
}

/** A hairline table whose rows stack on a phone, each cell then with its column's name. */
export const table = <Row>(given: Table<Row>): Html =>
  html`<table class="table"${attributes({ id: given.id })}>
    <caption class="visually-hidden">${given.caption}</caption>
    <thead>
      <tr>
        ${given.columns.map(columnHead)}
      </tr>
    </thead>
    <tbody>
      ${given.rows.map((row) => html`<tr>${given.columns.map((column) => cell(column, row))}</tr>`)}
    </tbody>
  </table>`;

const columnHead = ({ kind = 'text', label }: Pick<Column<never>, 'kind' | 'label'>): Html =>
  html`<th scope="col" class="cell-${kind}">
    ${kind === 'actions' || kind === 'select' ? html`<span class="visually-hidden">${label}</span>` : label}
  </th>`;

function cell<Row>(column: Column<Row>, row: Row): Html {
  const kind = column.kind ?? 'text';
  const content = html`<div>${column.cell(row)}</div>`;
  return kind === 'primary'
    ? html`<th scope="row" class="cell-primary">${content}</th>`
    : html`<td class="cell-${kind}">
        <span class="cell-label" aria-hidden="true">${column.label}</span>${content}
      </td>`;
}

/** Facts of one thing, name beside value. */
export const facts = (pairs: readonly (readonly [label: string, value: Child])[]): Html =>
  html`<dl class="facts">
    ${pairs.map(
      ([label, value]) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;

/** Older and newer; `null` where there is no more. */
export const pager = (given: {
  readonly previous: string | null;
  readonly next: string | null;
  readonly label: string;
}): Html | null =>
  given.previous === null && given.next === null
    ? null
    : html`<nav class="pager" aria-label="${given.label}">
        ${given.previous !== null && html`<a class="button button-plain" href="${given.previous}" rel="prev">Previous</a>`}${given.next !== null && html`<a class="button button-plain" href="${given.next}" rel="next">Next</a>`}
      </nav>`;

export interface Bar {
  /** "24 Nov". */
  readonly label: string;
  readonly good: number;
  readonly bad: number;
}

const CHART_HEIGHT = 64;
const BAR_WIDTH = 10;

/** Bars over days: calls that passed and, on top in red, calls that were refused. `summary` says the same in words. */
export function barChart(bars: readonly Bar[], summary: string): Html {
  const most = Math.max(1, ...bars.map((bar) => bar.good + bar.bad));
  const height = (count: number): number =>
    count === 0 ? 0 : Math.max(2, Math.round((count / most) * CHART_HEIGHT));
  const width = Math.max(1, bars.length) * BAR_WIDTH;
  return html`<figure class="chart">
    <svg viewBox="0 0 ${width} ${CHART_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${summary}">
      ${bars.map((bar, index) => {
        const good = height(bar.good);
        const bad = Math.min(height(bar.bad), CHART_HEIGHT - good || 2);
        const x = index * BAR_WIDTH + 1;
        return html`<g>
          <title>${bar.label}: ${bar.good} allowed, ${bar.bad} refused</title>
          <rect class="bar-none" x="${x}" y="${CHART_HEIGHT - 1}" width="8" height="1" />
          ${good > 0 && html`<rect class="bar-good" x="${x}" y="${CHART_HEIGHT - good}" width="8" height="${good}" />`}
          ${bad > 0 && html`<rect class="bar-bad" x="${x}" y="${CHART_HEIGHT - good - bad}" width="8" height="${bad}" />`}
        </g>`;
      })}
    </svg>
    <figcaption>
      <span>${bars[0]?.label}</span><span>${summary}</span><span>${bars.at(-1)?.label}</span>
    </figcaption>
  </figure>`;
}
