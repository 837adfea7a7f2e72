/** The menu above the field: entities that `@` finds and commands that `/` gives. Loaded when used. */

import { html, nothing } from 'lit';
import { builtInCommands, commandOptions, entityOptions, grouped, matching } from './options.js';
import { look } from './suggestions-look.js';
import { triggerAt } from './trigger.js';
import '../view/entity-preview.js';
import '../icons/icon.js';

/**
 * @typedef {import('./options.js').Option} Option
 * @typedef {import('./trigger.js').Trigger} Trigger
 */

/** As long, in milliseconds, the page is not asked while somebody types. */
const PAUSE = 120;

export class Suggestions {
  /** What the menu is for; null while it is shut. @type {Trigger | null} */
  #trigger = null;
  /** @type {readonly Option[]} */
  #options = [];
  /** Commands that a command of the page offers in its place. @type {readonly Option[] | null} */
  #submenu = null;
  #active = 0;
  #waiting = false;
  /** Whether Enter was pressed before the page had answered: its first option is chosen then. */
  #hasty = false;
  /** Where a menu was shut by Escape: it stays so while this word is written. */
  #dismissed = -1;
  #asked = 0;

  /** @param {import('./field.js').Field} field */
  constructor(field) {
    this.field = field;
    const root = /** @type {ShadowRoot} */ (field.renderRoot);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, /** @type {CSSStyleSheet} */ (look.styleSheet)];
  }

  get shown() {
    return this.#trigger !== null && (this.#options.length > 0 || this.#waiting || this.#empty);
  }

  get activeId() {
    return this.shown && this.#options.length ? `option-${this.#active}` : null;
  }

  /** Nothing was found for a word that is a search for sure. */
  get #empty() {
    const { sign, query } = this.#trigger ?? {};
    return sign === '@' && Boolean(query) && !/\s/.test(query ?? '');
  }

  render() {
    if (!this.shown) return nothing;
    const { t } = this.field.env;
    const active = this.#options[this.#active];
    return html`<div class="menu" @mousedown=${(/** @type {Event} */ event) => event.preventDefault()}>
      ${this.#options.length ? this.#list() : html`<div class="list none" role="status">${t(this.#waiting ? 'loading' : 'nothingFound')}</div>`}
      ${active?.entity?.interactive ? html`<turnstream-entity-preview .env=${this.field.env} .entity=${active.entity}></turnstream-entity-preview>` : nothing}
    </div>`;
  }

  #list() {
    const label = this.field.env.t(this.#trigger?.sign === '@' ? 'mention' : 'commands');
    return html`<div class="list" role="listbox" id="suggestions" aria-label=${label} aria-busy=${this.#waiting}>
      ${grouped(this.#options).map(([group, options]) => html`<div role="group" aria-label=${group || nothing}>
        ${group ? html`<div class="group" aria-hidden="true"><bdi>${group}</bdi></div>` : nothing}
        ${options.map((option) => this.#option(option))}
      </div>`)}</div>`;
  }

  /** @param {Option} option */
  #option(option) {
    const at = this.#options.indexOf(option);
    return html`<div class="option" role="option" id="option-${at}" aria-selected=${at === this.#active}
      @mousemove=${() => at !== this.#active && this.#go(at)} @click=${() => this.#choose(option)}>
      <turnstream-icon name=${option.icon}></turnstream-icon>
      <span class="words"><bdi>${option.label}</bdi>${option.description ? html`<small dir="auto">${option.description}</small>` : nothing}</span>
    </div>`;
  }

  /** Look at what is written where the cursor stands. @param {boolean} [moved] only the cursor moved */
  async look(moved = false) {
    const { area, words } = this.field;
    const at = area.selectionStart === area.selectionEnd ? triggerAt(words, area.selectionEnd, this.#signs()) : null;
    if (!at || at.from === this.#dismissed) {
      if (!at) this.#dismissed = -1;
      return this.close();
    }
    const { from, query } = this.#trigger ?? {};
    if (moved && at.from === from && at.query === query) return;
    if (at.from !== from) this.#submenu = null;
    await this.#search(at, at.from === from);
  }

  /** @returns {import('./trigger.js').Sign[]} */
  #signs() {
    const { entities, commands } = this.field.env.options;
    return [...(entities?.onTagSearch ? [/** @type {const} */ ('@')] : []), ...(commands?.enabled ? [/** @type {const} */ ('/')] : [])];
  }

  /** The newest search wins. @param {Trigger} trigger @param {boolean} goesOn it was open already */
  async #search(trigger, goesOn) {
    const asked = ++this.#asked;
    this.#trigger = trigger;
    if (!goesOn) this.#options = [];
    this.#waiting = true;
    this.#hasty = false;
    this.field.requestUpdate();
    if (goesOn) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (asked !== this.#asked) return;
    const found = await this.#found(trigger).catch((error) => {
      this.field.env.emit('error', { error });
      return [];
    });
    if (asked !== this.#asked) return;
    this.#options = grouped(found).flatMap(([, options]) => options);
    this.#waiting = false;
    if (this.#hasty && found.length) void this.#choose(this.#options[0]);
    else void this.#go(0);
  }

  /** @param {Trigger} trigger @returns {Promise<Option[]>} */
  async #found({ sign, query }) {
    const { env } = this.field;
    const { entities, commands } = env.options;
    if (sign === '@') return entityOptions((await entities?.onTagSearch?.(query)) ?? []);
    if (this.#submenu) return matching(this.#submenu, query);
    const own = commandOptions((await commands?.onSearch?.(query)) ?? []);
    return [...own, ...matching(builtInCommands(env), query)];
  }

  /** Whether a key was for the menu. @param {KeyboardEvent} event */
  key(event) {
    if (!this.shown) return false;
    const taken = this.#take(event);
    if (taken) {
      event.preventDefault();
      event.stopPropagation();
    }
    return taken;
  }

  /** @param {KeyboardEvent} event */
  #take({ key, shiftKey }) {
    const count = this.#options.length;
    if (key === 'Escape') this.#dismiss();
    else if (this.#waiting && !shiftKey && (key === 'Enter' || key === 'Tab')) this.#hasty = true;
    else if (!count || shiftKey) return false;
    else if (key === 'ArrowDown') this.#go((this.#active + 1) % count);
    else if (key === 'ArrowUp') this.#go((this.#active + count - 1) % count);
    else if (key === 'Enter' || key === 'Tab') void this.#choose(this.#options[this.#active]);
    else return false;
    return true;
  }

  /** @param {number} at */
  async #go(at) {
    this.#active = at;
    this.field.requestUpdate();
    await this.field.updateComplete;
    this.field.renderRoot.querySelector('[role=option][aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }

  #dismiss() {
    this.#dismissed = this.#trigger?.from ?? -1;
    this.close();
  }

  close() {
    this.#asked++;
    if (!this.#trigger) return;
    this.#trigger = this.#submenu = null;
    this.#options = [];
    this.#waiting = false;
    this.field.requestUpdate();
  }

  /** @param {Option} option */
  async #choose({ entity, command, act }) {
    const { from, to } = /** @type {Trigger} */ (this.#trigger);
    if (command) return this.#run(command, from, to);
    this.close();
    if (entity) this.field.mention(from, to, entity);
    else {
      this.field.replace(from, to, '');
      act?.(this.field);
    }
  }

  /**
   * A command of the page may give an entity, a menu, or nothing. What was typed is gone at once; the
   * page has its time.
   * @param {import('@openai/chatkit').Command} command
   * @param {number} from
   * @param {number} to
   */
  async #run(command, from, to) {
    const { field } = this;
    this.close();
    field.replace(from, to, '');
    try {
      const selection = await field.env.options.commands?.onSelect?.(command);
      if (selection?.type === 'entity') field.mention(field.area.selectionStart, field.area.selectionEnd, selection.entity);
      else if (selection?.type === 'menu') await this.#continue(commandOptions(selection.commands));
    } catch (error) {
      field.env.emit('error', { error });
    }
  }

  /** @param {readonly Option[]} options */
  async #continue(options) {
    const { field } = this;
    field.begin('/');
    this.close();
    const trigger = triggerAt(field.words, field.area.selectionEnd, ['/']);
    if (!trigger) return;
    this.#submenu = options;
    await this.#search(trigger, false);
  }
}
