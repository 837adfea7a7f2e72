/**
 * Values of widget properties as CSS: lengths, spacing, sizes. They come from a model, so whatever
 * could load something or end the declaration is left out, like whatever is not understood.
 */

/** Numbers are steps of the spacing scale, as in the Widget Studio; texts are CSS. */
const STEP = 'var(--ts-unit)';
/** No honest value is longer. */
const LONGEST = 200;
/** What loads from the network, refers to other elements or hides either in an escape. */
const HARMFUL = /[\\;{}<>@]|\/\*|\b(?:url|src|image|image-set|-webkit-image-set|cross-fade|element|paint|attr|env)\s*\(/i;

/**
 * A text as a CSS value, or undefined if it must not be one.
 * @param {unknown} value
 * @returns {string | undefined}
 */
export function css(value) {
  if (typeof value !== 'string' || value.length > LONGEST || HARMFUL.test(value)) return undefined;
  return value.trim() || undefined;
}

/** @param {unknown} value @returns {value is number} */
const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);
/** Templates write numbers as texts now and then. @param {unknown} value */
const numeric = (value) => (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value);

/** @param {unknown} value @returns {string | undefined} a distance, such as `gap`: numbers are steps of 4 px */
export function space(value) {
  const given = numeric(value);
  return isNumber(given) ? (given === 0 ? '0px' : `calc(${STEP} * ${given})`) : css(given);
}

/** @param {unknown} value @returns {string | undefined} a length, such as `width`: numbers are pixels */
export function length(value) {
  const given = numeric(value);
  return isNumber(given) ? `${given}px` : css(given);
}

/** @param {unknown} value @returns {string | undefined} such as `16/9` or 1.5 */
export const ratio = (value) => (isNumber(value) ? String(value) : css(value));

/** @param {unknown} value @returns {string | undefined} `flex`: numbers grow and shrink */
export const flex = (value) => (isNumber(value) ? `${value} ${value} 0%` : css(value));

/**
 * One of a set of names, as what the set has for it.
 * @template T
 * @param {Readonly<Record<string, T>>} set
 * @param {unknown} name
 * @returns {T | undefined}
 */
export const oneOf = (set, name) => (typeof name === 'string' && Object.hasOwn(set, name) ? set[name] : undefined);

/** A whole number within limits, or undefined. @param {unknown} value @param {number} least @param {number} most */
export function whole(value, least, most) {
  const given = numeric(value);
  return isNumber(given) ? Math.min(most, Math.max(least, Math.round(given))) : undefined;
}

/** Sides by their own name; left and right are the reader's start and end. */
export const SIDES = /** @type {const} */ ([
  ['top', 'block-start', 'y'],
  ['right', 'inline-end', 'x'],
  ['bottom', 'block-end', 'y'],
  ['left', 'inline-start', 'x'],
]);

/**
 * Padding or margin: one value for all sides, or an object by sides.
 * @param {string} name such as `padding`
 * @param {any} value
 * @returns {Record<string, string | undefined>}
 */
export function sides(name, value) {
  const by = (/** @type {string} */ side, /** @type {string} */ axis) =>
    value && typeof value === 'object' ? (value[side] ?? value[axis]) : value;
  return Object.fromEntries(SIDES.map(([side, logical, axis]) => [`${name}-${logical}`, space(by(side, axis))]));
}

/** Text sizes, as parts of the base size. */
export const TEXT_SIZES = Object.freeze({ xs: 0.75, sm: 0.875, md: 1, lg: 1.125, xl: 1.25 });
export const TITLE_SIZES = Object.freeze({ sm: 1, md: 1.125, lg: 1.25, xl: 1.5, '2xl': 1.75, '3xl': 2.125, '4xl': 2.625, '5xl': 3.25 });
export const CAPTION_SIZES = Object.freeze({ sm: 0.6875, md: 0.75, lg: 0.8125 });
export const WEIGHTS = Object.freeze({ normal: 400, medium: 500, semibold: 600, bold: 700 });
export const ICON_SIZES = Object.freeze({ xs: 12, sm: 14, md: 16, lg: 20, xl: 24, '2xl': 32, '3xl': 40 });
/** Heights of controls, in pixels. */
export const CONTROL_SIZES = Object.freeze({ '3xs': 22, '2xs': 24, xs: 26, sm: 28, md: 32, lg: 36, xl: 40, '2xl': 44, '3xl': 48 });
/** Space between the edge of a control and its text, in pixels. */
export const GUTTERS = Object.freeze({ '2xs': 6, xs: 8, sm: 10, md: 12, lg: 14, xl: 16 });
export const RADII = Object.freeze({
  '2xs': '2px', xs: '4px', sm: '6px', md: '8px', lg: '10px', xl: '12px', '2xl': '16px', '3xl': '20px', '4xl': '24px',
  full: '9999px', '100%': '100%', none: '0px',
});
