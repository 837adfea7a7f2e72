/** Widgets that show each node with each of its properties, by name. */

import { CHARTS } from './charts.js';
import { CONTROLS } from './controls.js';
import { LAYOUT } from './layout.js';
import { TEXTS } from './texts.js';
import { WHOLES } from './wholes.js';

/** @type {Readonly<Record<string, any>>} */
export const SPECIMENS = Object.freeze({ ...WHOLES, ...TEXTS, ...LAYOUT, ...CONTROLS, ...CHARTS });
