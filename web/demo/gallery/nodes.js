/** Short ways to write nodes. */

/** @typedef {Record<string, unknown>} Props */
/** @param {string} type @returns {(props?: Props, ...children: any[]) => any} */
const node = (type) => (props = {}, ...children) => ({ type, ...props, ...(children.length && { children }) });

export const Card = node('Card');
export const Row = node('Row');
export const Col = node('Col');
export const Box = node('Box');
export const Button = node('Button');
export const Image = node('Image');
/** @param {string} value @param {Props} [props] */
export const text = (value, props) => ({ type: 'Text', value, ...props });
/** @param {string} value @param {Props} [props] */
export const title = (value, props) => ({ type: 'Title', value, ...props });
/** @param {string} value @param {Props} [props] */
export const caption = (value, props) => ({ type: 'Caption', value, ...props });
/** @param {string} name @param {Props} [props] */
export const icon = (name, props) => ({ type: 'Icon', name, ...props });
/** @param {string} label @param {Props} [props] */
export const badge = (label, props) => ({ type: 'Badge', label, ...props });
/** @param {string} type @param {unknown} [payload] @param {Props} [props] */
export const action = (type, payload, props) => ({ type, payload, ...props });
/** @template T @param {string} name @param {readonly T[]} values @param {(props: Props, value: T) => any} draw */
export const each = (name, values, draw) => values.map((value) => draw({ [name]: value }, value));
