/** `<turnstream-workflow>`: what the assistant did, step by step; folds open and shut. */

import { css, html, nothing } from 'lit';
import { duration } from '../locales/formats.js';
import { safeLink } from '../markdown/links.js';
import { define } from './define.js';
import { Part } from './part.js';
import '../icons/icon.js';
import '../markdown/markdown.js';

/** @typedef {import('../wire.js').Task} Task */

/** @type {Record<string, string>} */
const ICONS = { web_search: 'search', thought: 'lightbulb', file: 'document', image: 'square-image', custom: 'dot' };

export class WorkflowView extends Part {
  static properties = { ...Part.properties, workflow: {}, live: { type: Boolean }, single: { type: Boolean }, chosen: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      :host { display: block; font-size: var(--ts-text-sm); }
      .fold { display: inline-flex; align-items: center; gap: var(--ts-2); color: var(--ts-muted); padding: var(--ts-1) var(--ts-2); margin-inline-start: calc(var(--ts-2) * -1); border-radius: var(--ts-radius-sm); }
      .fold:hover { color: var(--ts-foreground); background: var(--ts-soft); }
      .fold .turn { transition: rotate var(--ts-quick) var(--ts-ease); font-size: 0.85em; }
      .fold[aria-expanded='true'] .turn { rotate: 90deg; }
      .fold[aria-expanded='true'] .turn:dir(rtl) { rotate: -90deg; }
      ol { list-style: none; margin-block-start: var(--ts-2); padding: 0; }
      li { position: relative; display: grid; grid-template-columns: 20px 1fr; gap: var(--ts-3); padding-block-end: var(--ts-3); color: var(--ts-muted); }
      li:not(:last-child)::before { content: ''; position: absolute; inset-block: 22px 2px; inset-inline-start: 9.5px; inline-size: 1px; background: var(--ts-line); }
      li > turnstream-icon { inline-size: 17px; block-size: 17px; margin: 2px auto 0; }
      .done { color: var(--ts-success); }
      .what { min-inline-size: 0; }
      .title { color: var(--ts-foreground); font-weight: 500; }
      .title + turnstream-markdown { display: block; margin-block-start: var(--ts-1); }
      .chips { display: flex; flex-wrap: wrap; gap: var(--ts-2) var(--ts-1); margin-block-start: var(--ts-2); }
      .chip { display: inline-flex; gap: var(--ts-1); align-items: center; padding: 2px var(--ts-2); border-radius: 999px; background: var(--ts-soft); color: var(--ts-muted); font-size: var(--ts-text-xs); text-decoration: none; max-inline-size: 16rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .chip bdi { overflow: hidden; text-overflow: ellipsis; }
      a.chip:hover { background: var(--ts-softer); color: var(--ts-foreground); }
      turnstream-markdown { font-size: var(--ts-text-sm); }
    `,
  ];

  /** @type {import('../wire.js').Workflow} */
  workflow = /** @type {any} */ (undefined);
  live = false;
  single = false;
  /** What the reader chose: open, shut, or nothing yet. @type {boolean | null} */
  chosen = null;

  render() {
    const { tasks, expanded } = this.workflow;
    if (this.single) return html`<ol>${tasks.map((task) => this.#task(task))}</ol>`;
    const open = this.chosen ?? (expanded || (this.live && !this.workflow.summary));
    return html`<button class="fold" aria-expanded=${open} @click=${() => (this.chosen = !open)}>
        ${this.#summary()}<turnstream-icon class="turn" name="chevron-right"></turnstream-icon>
      </button>
      ${open ? html`<ol>${tasks.map((task) => this.#task(task))}</ol>` : nothing}`;
  }

  #summary() {
    const { t, locale } = this.env;
    const { summary, type, tasks } = this.workflow;
    if (summary?.title) {
      return html`${summary.icon ? html`<turnstream-icon name=${summary.icon}></turnstream-icon>` : nothing}<bdi>${summary.title}</bdi>`;
    }
    if (summary?.duration != null) return html`<span>${t('thoughtFor', { duration: duration(locale, summary.duration) })}</span>`;
    const title = tasks.at(-1)?.title;
    if (!this.live) return html`<bdi>${title && tasks.length === 1 ? title : t('worked')}</bdi>`;
    return html`<turnstream-icon class="spin" name="loader-circle"></turnstream-icon><bdi>${title ?? t(type === 'reasoning' ? 'thinking' : 'working')}</bdi>`;
  }

  /** @param {Task} task */
  #task(task) {
    const loading = task.status_indicator === 'loading' && this.live;
    const done = task.status_indicator === 'complete';
    const icon = loading ? 'loader-circle' : task.icon ?? (done ? 'check' : ICONS[task.type] ?? 'dot');
    return html`<li>
      <turnstream-icon class=${loading ? 'spin' : done ? 'done' : ''} name=${icon}></turnstream-icon>
      <div class="what">
        ${task.title ? html`<div class="title" dir="auto">${task.title}</div>` : nothing}
        ${task.content ? html`<turnstream-markdown .text=${task.content} .env=${this.env} .streaming=${loading}></turnstream-markdown>` : nothing}
        ${task.title_query ? html`<div dir="auto">${task.title_query}</div>` : nothing}
        ${this.#chips(task)}
      </div>
    </li>`;
  }

  /** @param {Task} task */
  #chips({ queries = [], sources = [] }) {
    if (!queries.length && !sources.length) return nothing;
    return html`<div class="chips">
      ${queries.map((query) => html`<span class="chip"><turnstream-icon name="search"></turnstream-icon><bdi>${query}</bdi></span>`)}
      ${sources.map((source) => {
        const name = source.title ?? source.filename ?? source.url ?? '';
        const to = source.type === 'url' ? safeLink(source.url) : null;
        return to ? html`<a class="chip" href=${to} target="_blank" rel="noopener noreferrer nofollow"><bdi>${name}</bdi></a>` : html`<span class="chip"><bdi>${name}</bdi></span>`;
      })}
    </div>`;
  }
}

define('turnstream-workflow', WorkflowView);
