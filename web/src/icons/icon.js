/** `<turnstream-icon name="…">`: one icon, in the colour and size of the text around it. */

import { css, LitElement, nothing } from 'lit';
import { FILES } from '../home.js';
import { define } from '../view/define.js';
import { DRAWINGS } from './built-in.js';
import { FILLED, lucideName } from './names.js';
import { points } from './pointing.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Modules that were asked for, by letter. @type {Map<string, Promise<Record<string, any>>>} */
const shards = new Map();

export class Icon extends LitElement {
  static properties = { name: { type: String } };

  static styles = css`
    :host { display: inline-flex; inline-size: 1.25em; block-size: 1.25em; flex: none; }
    svg { inline-size: 100%; block-size: 100%; }
    :host([data-points]:dir(rtl)) svg { scale: -1 1; }
  `;

  /** @type {string} */
  name = '';

  render() {
    this.toggleAttribute('data-points', points(lucideName(this.name)));
    const drawing = DRAWINGS[lucideName(this.name)];
    if (!drawing) this.#load();
    return drawing ? drawn(drawing, FILLED.has(this.name)) : nothing;
  }

  async #load() {
    const name = lucideName(this.name);
    if (!/^[a-z][a-z0-9-]*$/.test(name)) return;
    const shard = await shardOf(name[0]);
    if (!(name in shard)) return; // a name that nobody drew: an empty place of the same size
    DRAWINGS[name] = shard[name];
    this.requestUpdate();
  }
}

/** @param {string} letter */
function shardOf(letter) {
  const at = new URL(`icons/${letter}.js`, FILES).href;
  const asked = shards.get(letter) ?? import(at).then((module) => module.default, () => ({}));
  shards.set(letter, asked);
  return asked;
}

/**
 * @param {[string, Record<string, string>][]} drawing
 * @param {boolean} filled
 */
function drawn(drawing, filled) {
  const svg = document.createElementNS(SVG, 'svg');
  const look = { viewBox: '0 0 24 24', fill: filled ? 'currentColor' : 'none', stroke: 'currentColor' };
  const lines = { 'stroke-width': '1.75', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' };
  for (const [key, value] of Object.entries({ ...look, ...lines })) svg.setAttribute(key, value);
  for (const [tag, attributes] of drawing) {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    svg.append(node);
  }
  return svg;
}

define('turnstream-icon', Icon);
