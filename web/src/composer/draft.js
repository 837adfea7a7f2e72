/** What the user is about to send. Pure: the composer draws it, tests read it. */

/**
 * @typedef {import('@openai/chatkit').Entity} Entity
 * @typedef {import('@openai/chatkit').UserMessageContent} UserMessageContent
 * @typedef {import('../session/uploads.js').Upload} Upload
 *
 * `mentions` are the entities whose `@title` stands somewhere in the text.
 * @typedef {{
 *   text: string,
 *   mentions: readonly Entity[],
 *   quoted: string,
 *   toolId: string | null,
 *   modelId: string | null,
 * }} Draft
 */

/** @type {Draft} */
export const BLANK = Object.freeze({ text: '', mentions: [], quoted: '', toolId: null, modelId: null });

/** How a mention stands in the text. @param {Entity} entity */
export const mentionText = (entity) => `@${entity.title}`;

/**
 * The text cut into text and tags. The longest title wins where one begins like another.
 * @param {Draft} draft
 * @returns {UserMessageContent[]}
 */
export function contentOf({ text, mentions }) {
  const byLength = [...mentions].sort((one, other) => other.title.length - one.title.length);
  /** @type {UserMessageContent[]} */
  let parts = [{ type: 'input_text', text: text.trim() }];
  for (const entity of byLength) parts = parts.flatMap((part) => (part.type === 'input_text' ? tagged(part.text, entity) : [part]));
  return parts.filter((part) => part.text !== '');
}

/** @param {string} text @param {Entity} entity @returns {UserMessageContent[]} */
function tagged(text, entity) {
  const { id, title, group, data, interactive } = entity;
  return text.split(mentionText(entity)).flatMap((piece, at) => [
    ...(at ? [/** @type {UserMessageContent} */ ({ type: 'input_tag', id, text: title, group, data: data ?? {}, interactive: interactive ?? false })] : []),
    /** @type {UserMessageContent} */ ({ type: 'input_text', text: piece }),
  ]);
}

/**
 * The draft that a page sets by content: tags become mentions.
 * @param {readonly UserMessageContent[]} content
 */
export function draftOf(content) {
  const mentions = content.flatMap((part) =>
    part.type === 'input_tag' ? [/** @type {Entity} */ ({ id: part.id, title: part.text, group: part.group, data: part.data, interactive: part.interactive })] : [],
  );
  const text = content.map((part) => (part.type === 'input_tag' ? `@${part.text}` : part.text)).join('');
  return { text, mentions };
}

/**
 * The input of a request.
 * @param {Draft} draft
 * @param {readonly string[]} attachments ids
 * @returns {import('../wire.js').MessageInput}
 */
export function inputOf(draft, attachments) {
  return {
    content: contentOf(draft),
    attachments: [...attachments],
    ...(draft.quoted && { quoted_text: draft.quoted }),
    inference_options: {
      ...(draft.toolId && { tool_choice: { id: draft.toolId } }),
      ...(draft.modelId && { model: draft.modelId }),
    },
  };
}
