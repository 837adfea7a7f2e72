/** What a page sends as a message of the user. */

/**
 * @typedef {Parameters<import('@openai/chatkit').OpenAIChatKit['sendUserMessage']>[0]} Message
 * @typedef {import('@openai/chatkit').UserMessageContent} UserMessageContent
 */

/**
 * The input of a request. Raises for a message that holds nothing.
 * @param {Message} message
 * @returns {import('../wire.js').MessageInput}
 */
export function messageOf({ text = '', content = text ? [{ type: 'input_text', text }] : [], reply, attachments = [], toolChoice, model }) {
  if (!content.length && !attachments.length) throw new TypeError('A message needs text, content or attachments.');
  return {
    content: content.map(whole),
    attachments: attachments.map((each) => each.id),
    ...(reply && { quoted_text: reply }),
    inference_options: { ...(toolChoice && { tool_choice: { id: toolChoice.id } }), ...(model && { model }) },
  };
}

/** A server wants the data of a tag, which a page may leave out. @param {UserMessageContent} part @returns {UserMessageContent} */
const whole = (part) => (part.type === 'input_tag' ? { ...part, data: part.data ?? {} } : part);
