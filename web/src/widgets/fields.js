/** The values of the fields that people fill in. */

/** What a drawn field is called: unique within its widget, and what a `Label` points at. @param {unknown} name */
export const fieldId = (name) => `field-${String(name ?? '')}`;
/** What a drawn label is called. @param {unknown} name */
export const labelId = (name) => `label-${String(name ?? '')}`;

/**
 * The names of the fields that have a label somewhere in the tree.
 * @param {any} node
 * @param {Set<string>} [names]
 * @param {number} [depth]
 * @returns {Set<string>}
 */
export function labelled(node, names = new Set(), depth = 0) {
  if (!node || typeof node !== 'object' || depth > 40) return names;
  if (node.type === 'Label') names.add(String(node.fieldName));
  const children = Array.isArray(node.children) ? node.children : [node.children];
  for (const child of children) labelled(child, names, depth + 1);
  return names;
}

const FIELDS = 'input[name], select[name], textarea[name]';

/**
 * The values that go with an action: of the form around what somebody used, else of that field
 * alone. A checkbox is true or false; of several with one name, each is in the list.
 * @param {Element | null} used
 * @returns {Record<string, unknown>}
 */
export function valuesAround(used) {
  const form = used?.closest('form');
  // A field called "elements" or "querySelectorAll" hides the form's own property of that name.
  if (form) return valuesOf([...Element.prototype.querySelectorAll.call(form, FIELDS)]);
  return used?.matches(FIELDS) ? valuesOf([used]) : {};
}

/** @param {readonly any[]} fields @returns {Record<string, unknown>} */
export function valuesOf(fields) {
  /** @type {Map<string, unknown>} */
  const values = new Map();
  for (const field of fields) {
    if (!field.name || field.disabled) continue;
    if (field.type === 'radio') {
      if (field.checked) values.set(field.name, field.value);
    } else {
      const value = field.type === 'checkbox' ? field.checked : field.value;
      values.set(field.name, values.has(field.name) ? [values.get(field.name), value].flat() : value);
    }
  }
  return Object.fromEntries(values);
}
