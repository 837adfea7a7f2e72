/** One update of one item: the item that comes of it, or the same item if it changes nothing. */

/**
 * @typedef {import('../wire.js').Item} Item
 * @typedef {import('../wire.js').Update} Update
 * @typedef {import('../wire.js').WidgetNode} WidgetNode
 * @typedef {import('../wire.js').OutputText} OutputText
 * @typedef {import('../wire.js').AssistantMessage} AssistantMessage
 */

/**
 * @param {Item} item
 * @param {Update} update
 * @returns {Item}
 */
export function updated(item, update) {
  switch (item.type) {
    case 'assistant_message':
      return written(item, update);
    case 'widget':
      return { ...item, widget: drawn(item.widget, update) };
    case 'workflow':
      return worked(item, update);
    case 'generated_image':
      if (update.type !== 'generated_image.updated') return item;
      return { ...item, image: update.image, progress: update.progress };
    default:
      return item;
  }
}

/** @type {OutputText} */
const NOTHING = { type: 'output_text', text: '', annotations: [] };

/** @param {AssistantMessage} item @param {Update} update @returns {AssistantMessage} */
function written(item, update) {
  if (!('content_index' in update)) return item;
  const before = item.content[update.content_index] ?? NOTHING;
  const content = [...item.content];
  while (content.length < update.content_index) content.push(NOTHING);
  content[update.content_index] = partAfter(before, update);
  return { ...item, content };
}

/** @param {OutputText} part @param {Extract<Update, {content_index: number}>} update @returns {OutputText} */
function partAfter(part, update) {
  switch (update.type) {
    case 'assistant_message.content_part.added':
    case 'assistant_message.content_part.done':
      return update.content;
    case 'assistant_message.content_part.text_delta':
      return { ...part, text: part.text + update.delta };
    case 'assistant_message.content_part.annotation_added': {
      const annotations = [...part.annotations];
      annotations[update.annotation_index] = update.annotation;
      return { ...part, annotations };
    }
  }
}

/** @param {import('../wire.js').WorkflowItem} item @param {Update} update @returns {import('../wire.js').WorkflowItem} */
function worked(item, update) {
  if (update.type !== 'workflow.task.added' && update.type !== 'workflow.task.updated') return item;
  const tasks = [...item.workflow.tasks];
  tasks[update.task_index] = update.task;
  return { ...item, workflow: { ...item.workflow, tasks: tasks.filter(Boolean) } };
}

/** @param {WidgetNode} widget @param {Update} update @returns {WidgetNode} */
function drawn(widget, update) {
  switch (update.type) {
    case 'widget.root.updated':
      return update.widget;
    case 'widget.component.updated':
      return replaced(widget, update.component_id, () => update.component);
    case 'widget.streaming_text.value_delta':
      return replaced(widget, update.component_id, (node) => ({
        ...node,
        value: (node.value ?? '') + update.delta,
        streaming: !update.done,
      }));
    default:
      return widget;
  }
}

/**
 * The tree with one node exchanged. Only the way down to it is new, all else is the same objects.
 * @param {WidgetNode} node
 * @param {string} id
 * @param {(node: WidgetNode) => WidgetNode} change
 * @returns {WidgetNode}
 */
function replaced(node, id, change) {
  if (node.id === id) return change(node);
  const { children } = node;
  if (!children) return node;
  if (!Array.isArray(children)) {
    const child = replaced(children, id, change);
    return child === children ? node : { ...node, children: child };
  }
  for (let at = 0; at < children.length; at++) {
    const child = replaced(children[at], id, change);
    if (child !== children[at]) return { ...node, children: children.with(at, child) };
  }
  return node;
}
