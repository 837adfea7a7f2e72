/** What crosses the wire: ChatKit's items, events and requests, as far as this client reads them. */

import type { Attachment, UserMessageContent } from '@openai/chatkit';

export interface Source {
  type: 'url' | 'file' | 'entity';
  title?: string;
  url?: string;
  filename?: string;
  id?: string;
  icon?: string;
  description?: string;
  attribution?: string;
  timestamp?: string;
  interactive?: boolean;
  label?: string;
  inline_label?: string;
  group?: string;
  data?: Record<string, string>;
}

export interface Annotation {
  type: 'annotation';
  source: Source;
  index?: number | null;
}

export interface OutputText {
  type: 'output_text';
  text: string;
  annotations: Annotation[];
}

export interface Task {
  type: 'custom' | 'web_search' | 'thought' | 'file' | 'image' | string;
  status_indicator?: 'none' | 'loading' | 'complete';
  title?: string | null;
  title_query?: string | null;
  icon?: string | null;
  content?: string | null;
  queries?: string[];
  sources?: Source[];
}

export interface Workflow {
  type: 'custom' | 'reasoning';
  tasks: Task[];
  summary?: { title?: string; icon?: string | null; duration?: number } | null;
  expanded?: boolean;
}

/** A node of a widget. What it may hold depends on `type`; what a renderer does not know it leaves. */
export interface WidgetNode {
  type: string;
  id?: string;
  key?: string;
  children?: WidgetNode[] | WidgetNode;
  [property: string]: any;
}

export interface Question {
  type: 'multiple_choice' | 'freeform';
  id: string;
  question: string;
  description?: string | null;
  options?: { value: string }[];
  multiple?: boolean;
  answer?: { values?: string[]; skipped?: boolean } | null;
}

interface ItemBase {
  id: string;
  thread_id?: string;
  created_at?: string;
}

export interface UserMessage extends ItemBase {
  type: 'user_message';
  content: UserMessageContent[];
  attachments: Attachment[];
  quoted_text?: string | null;
  inference_options?: { tool_choice?: { id: string } | null; model?: string | null };
}
export interface AssistantMessage extends ItemBase {
  type: 'assistant_message';
  content: OutputText[];
}
export interface ClientToolCall extends ItemBase {
  type: 'client_tool_call';
  status: 'pending' | 'completed';
  call_id: string;
  name: string;
  arguments: Record<string, unknown>;
  output?: unknown;
}
export interface WidgetItem extends ItemBase {
  type: 'widget';
  widget: WidgetNode;
  copy_text?: string | null;
}
export interface GeneratedImage extends ItemBase {
  type: 'generated_image';
  image?: { id: string; url: string } | null;
  progress?: number | null;
}
export interface StructuredInput extends ItemBase {
  type: 'structured_input';
  status: 'pending' | 'answered' | 'skipped';
  inputs: Question[];
}
export interface WorkflowItem extends ItemBase {
  type: 'workflow';
  workflow: Workflow;
}
export interface TaskItem extends ItemBase {
  type: 'task';
  task: Task;
}
export interface EndOfTurn extends ItemBase {
  type: 'end_of_turn';
}

/** Items of a thread. Items of other types are kept and not shown. */
export type Item =
  | UserMessage
  | AssistantMessage
  | ClientToolCall
  | WidgetItem
  | GeneratedImage
  | StructuredInput
  | WorkflowItem
  | TaskItem
  | EndOfTurn;

export interface Thread {
  id: string;
  title?: string | null;
  created_at?: string;
  status?: { type: 'active' | 'locked' | 'closed'; reason?: string | null };
  allowed_image_domains?: string[] | null;
  items?: Page<Item>;
}

export interface Page<T> {
  data: T[];
  has_more: boolean;
  after?: string | null;
}

export type Update =
  | { type: 'assistant_message.content_part.added'; content_index: number; content: OutputText }
  | { type: 'assistant_message.content_part.text_delta'; content_index: number; delta: string }
  | {
      type: 'assistant_message.content_part.annotation_added';
      content_index: number;
      annotation_index: number;
      annotation: Annotation;
    }
  | { type: 'assistant_message.content_part.done'; content_index: number; content: OutputText }
  | { type: 'widget.root.updated'; widget: WidgetNode }
  | { type: 'widget.component.updated'; component_id: string; component: WidgetNode }
  | { type: 'widget.streaming_text.value_delta'; component_id: string; delta: string; done: boolean }
  | { type: 'workflow.task.added'; task_index: number; task: Task }
  | { type: 'workflow.task.updated'; task_index: number; task: Task }
  | { type: 'generated_image.updated'; image: { id: string; url: string }; progress?: number | null };

export type ThreadEvent =
  | { type: 'thread.created'; thread: Thread }
  | { type: 'thread.updated'; thread: Thread }
  | { type: 'thread.item.added'; item: Item }
  | { type: 'thread.item.updated'; item_id: string; update: Update }
  | { type: 'thread.item.done'; item: Item }
  | { type: 'thread.item.removed'; item_id: string }
  | { type: 'thread.item.replaced'; item: Item }
  | { type: 'stream_options'; stream_options: { allow_cancel: boolean } }
  | { type: 'progress_update'; icon?: string | null; text: string }
  | { type: 'client_effect'; name: string; data?: Record<string, unknown> }
  | { type: 'error'; code?: string; message?: string | null; allow_retry?: boolean }
  | { type: 'notice'; level: 'info' | 'warning' | 'danger'; message: string; title?: string | null };

/** What a message of the user becomes: the input of `threads.create` and `threads.add_user_message`. */
export interface MessageInput {
  content: UserMessageContent[];
  attachments: string[];
  quoted_text?: string;
  inference_options: { tool_choice?: { id: string }; model?: string };
}

export interface ChatKitRequest {
  type: string;
  params: Record<string, unknown>;
}
