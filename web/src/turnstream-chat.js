/** `<turnstream-chat>`: a chat page for any backend that speaks the ChatKit protocol. */

import { TurnstreamChat } from './element/turnstream-chat-element.js';
import { define } from './view/define.js';

export { TurnstreamChat };

/**
 * Register the element under another name too, such as `openai-chatkit`, so that a page that was
 * written for that element works unchanged. Does nothing if the name is taken.
 * @param {string} name
 */
export function register(name) {
  define(name, class extends TurnstreamChat {});
}

define('turnstream-chat', TurnstreamChat);
