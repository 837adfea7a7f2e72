/** Every request of the ChatKit protocol, by name. */

/**
 * @typedef {import('../wire.js').MessageInput} MessageInput
 * @typedef {import('../wire.js').ChatKitRequest} ChatKitRequest
 * @typedef {{type: string, payload?: Record<string, unknown>}} Action
 */

/**
 * @param {string} type
 * @param {Record<string, unknown>} params
 * @returns {ChatKitRequest}
 */
const request = (type, params) => ({ type, params });

// Answered with a stream.

/** @param {MessageInput} input */
export const createThread = (input) => request('threads.create', { input });

/** @param {string} thread_id @param {MessageInput} input */
export const addUserMessage = (thread_id, input) =>
  request('threads.add_user_message', { thread_id, input });

/** @param {string} thread_id @param {unknown} result */
export const addClientToolOutput = (thread_id, result) =>
  request('threads.add_client_tool_output', { thread_id, result });

/** @param {string} thread_id @param {string} item_id @param {unknown} input */
export const addStructuredInput = (thread_id, item_id, input) =>
  request('threads.add_structured_input', { thread_id, item_id, input });

/** @param {string} thread_id @param {string} item_id */
export const retryAfterItem = (thread_id, item_id) =>
  request('threads.retry_after_item', { thread_id, item_id });

/** @param {string} thread_id @param {string | undefined} item_id @param {Action} action */
export const customAction = (thread_id, item_id, action) =>
  request('threads.custom_action', { thread_id, item_id, action });

// Answered with a document.

/** @param {string} thread_id @param {string | undefined} item_id @param {Action} action */
export const syncCustomAction = (thread_id, item_id, action) =>
  request('threads.sync_custom_action', { thread_id, item_id, action });

/** @param {string} thread_id */
export const getThread = (thread_id) => request('threads.get_by_id', { thread_id });

/** @param {{limit?: number, order?: 'asc' | 'desc', after?: string}} page */
export const listThreads = (page) => request('threads.list', page);

/** @param {string} thread_id @param {string} title */
export const renameThread = (thread_id, title) => request('threads.update', { thread_id, title });

/** @param {string} thread_id */
export const deleteThread = (thread_id) => request('threads.delete', { thread_id });

/** @param {string} thread_id @param {{limit?: number, order?: 'asc' | 'desc', after?: string}} page */
export const listItems = (thread_id, page) => request('items.list', { thread_id, ...page });

/** @param {string} thread_id @param {string[]} item_ids @param {'positive' | 'negative'} kind */
export const sendFeedback = (thread_id, item_ids, kind) =>
  request('items.feedback', { thread_id, item_ids, kind });

/** @param {File} file */
export const createAttachment = ({ name, size, type }) =>
  request('attachments.create', { name, size, mime_type: type || 'application/octet-stream' });

/** @param {string} attachment_id */
export const deleteAttachment = (attachment_id) =>
  request('attachments.delete', { attachment_id });

/** @param {string} audio_base64 @param {string} mime_type */
export const transcribe = (audio_base64, mime_type) =>
  request('input.transcribe', { audio_base64, mime_type });
