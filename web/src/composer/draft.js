/** What the user is about to send. Pure: the composer draws it, tests read it. */

/**
 * @typedef {import('@openai/chatkit').Entity} Entity
 * @typedef {import('@openai/chatkit').UserMessageContent} UserMessageContent
 *
 * An entity whose `@title` stands in the text, from the character `at` on.
 * @typedef {{entity: Entity, at: number}} Mention
 *
 * `mentions` are in the order of the text.
 * @typedef {{
 *   text: string,
 *   mentions: readonly Mention[],
 *   quoted: string,
 *   toolId: string | null,
 *   modelId: string | null,
 * }} Draft
 * @typedef {Pick<Draft, 'text' | 'mentions'>} Words
 */

/** @type {Draft} */
export const BLANK = Object.freeze({ text: '', mentions: [], quoted: '', toolId: null, modelId: null });

/** How a mention stands in the text. @param {{title: string}} entity */
export const mentionText = (entity) => `@${entity.title}`;

/** Where a mention ends. @param {Mention} mention */
export const endOf = ({ entity, at }) => at + mentionText(entity).length;

/**
 * The text cut at its mentions.
 * @param {Words} words
 * @returns {(string | Entity)[]}
 */
export function pieces({ text, mentions }) {
  let from = 0;
  /** @type {(string | Entity)[]} */
  const all = [];
  for (const mention of mentions) {
    all.push(text.slice(from, mention.at), mention.entity);
    from = endOf(mention);
  }
  return [...all, text.slice(from)];
}

/**
 * The words after the user changed the text. Mentions that the change did not touch move with it;
 * of the others the `@` and the title are plain text from now on.
 * @param {Words} before
 * @param {string} text
 * @param {number} caret where it stands after the change: behind what was typed
 * @returns {Words}
 */
export function edited({ text: before, mentions }, text, caret) {
  const tail = alike(Math.min(before.length, text.length - caret), (at) => before.at(-1 - at) === text.at(-1 - at));
  const head = alike(Math.min(before.length, text.length) - tail, (at) => before[at] === text[at]);
  const moved = text.length - before.length;
  const kept = mentions.flatMap((mention) => {
    if (endOf(mention) <= head) return [mention];
    return mention.at >= before.length - tail ? [{ ...mention, at: mention.at + moved }] : [];
  });
  return { text, mentions: kept };
}

/** How many characters are the same, of at most so many. @param {number} most @param {(at: number) => boolean} same */
function alike(most, same) {
  let count = 0;
  while (count < most && same(count)) count++;
  return count;
}

/**
 * The words with a mention of what stands at a place.
 * @param {Words} words whose text has the entity's `@title` there
 * @param {Entity} entity
 * @param {number} at
 * @returns {Words}
 */
export function mentioning({ text, mentions }, entity, at) {
  return { text, mentions: [...mentions, { entity, at }].sort((one, other) => one.at - other.at) };
}

/**
 * The text and tags that are sent, without the space around them.
 * @param {Words} words
 * @returns {UserMessageContent[]}
 */
export function contentOf(words) {
  const all = pieces(words);
  const last = all.length - 1;
  return all.flatMap((piece, at) => {
    if (typeof piece !== 'string') return [tagOf(piece)];
    const start = at ? piece : piece.trimStart();
    const text = at < last ? start : start.trimEnd();
    return text ? [{ type: /** @type {const} */ ('input_text'), text }] : [];
  });
}

/** @param {Entity} entity @returns {UserMessageContent} */
function tagOf({ id, title, group, data, interactive }) {
  return { type: 'input_tag', id, text: title, group, data: data ?? {}, interactive: interactive ?? false };
}

/** The entity that a tag stands for. @param {Extract<UserMessageContent, {type: 'input_tag'}>} tag @returns {Entity} */
export function entityOf({ id, text, group, data, interactive }) {
  return { id, title: text, group, data: /** @type {Entity['data']} */ (data), interactive };
}

/**
 * The words that a page sets by content: tags become mentions.
 * @param {readonly UserMessageContent[]} content
 * @returns {Words}
 */
export function wordsOf(content) {
  let text = '';
  /** @type {Mention[]} */
  const mentions = [];
  for (const part of content) {
    if (part.type === 'input_tag') {
      const entity = entityOf(part);
      mentions.push({ entity, at: text.length });
      text += mentionText(entity);
    } else text += part.text;
  }
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

/**
 * The model of the next message: the one that was chosen, the default, or the first.
 * @param {readonly import('@openai/chatkit').ModelOption[]} models
 * @param {string | null} modelId
 */
export const chosenModel = (models, modelId) =>
  models.find(({ id }) => id === modelId) ?? models.find((model) => model.default) ?? models.find((model) => !model.disabled);
