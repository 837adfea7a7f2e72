/** Icons that point along the line of writing: they are mirrored where it goes from right to left. */

const POINTING = /(^|-)(left|right)(-|$)|^(external-link|list|list-ordered|log-in|log-out|quote|redo|redo-2|reply|send|text-align-start|text-quote|undo|undo-2)$/;
/** These have a side in their name, but it is not that of the writing. */
const FIXED = /^(align|text-align)-(left|right)/;

/** @param {string} name a name of Lucide's */
export const points = (name) => POINTING.test(name) && !FIXED.test(name);
