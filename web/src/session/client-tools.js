/** Client tools: the assistant asks, the page does, the result goes back. */

import * as requests from '../protocol/requests.js';

/** Among so many items is the call, and the end of its turn. */
const NEWEST = 3;

/**
 * The call that the thread waits for, if it does.
 * @param {readonly import('../wire.js').Item[]} items
 * @returns {import('../wire.js').ClientToolCall | null}
 */
export function waitingTool(items) {
  const newest = items.findLast((item) => item.type !== 'end_of_turn');
  return newest?.type === 'client_tool_call' && newest.status === 'pending' ? newest : null;
}

/**
 * The page's result. A page that has no such tool, or whose tool fails or gives what is not JSON, gives
 * `{error}`: the assistant goes on and can say so.
 * @param {import('@openai/chatkit').ChatKitOptions} options
 * @param {import('../wire.js').ClientToolCall} call
 * @param {(error: unknown) => void} failed
 * @returns {Promise<Record<string, unknown>>}
 */
export async function runClientTool({ onClientTool }, call, failed) {
  try {
    if (!onClientTool) throw new Error(`The page has no client tool ${call.name}.`);
    const result = (await onClientTool({ name: call.name, params: call.arguments })) ?? {};
    JSON.stringify(result);
    return result;
  } catch (error) {
    failed(error);
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Whether nobody has answered a call: a page that was slow to see it may see it late.
 * @param {import('../protocol/api.js').Api} api
 * @param {string} threadId
 * @param {import('../wire.js').ClientToolCall} call
 */
export async function stillWaits(api, threadId, call) {
  try {
    const { data } = await api.document(requests.listItems(threadId, { limit: NEWEST, order: 'desc' }));
    return waitingTool(data.toReversed())?.id === call.id;
  } catch {
    return true; // nobody knows; an answer too many is refused
  }
}

/**
 * Do it, unless another tab that shows the same thread does.
 * @param {import('../wire.js').ClientToolCall} call
 * @param {() => Promise<void>} act
 */
export async function inOneTab(call, act) {
  const locks = globalThis.navigator?.locks; // none without https
  if (!locks) return act();
  await locks.request(`turnstream:tool:${call.id}`, { ifAvailable: true }, (lock) => (lock ? act() : undefined));
}
