/**
 * Not run: compiled. A difference between `@openai/chatkit`'s declarations and this element is an
 * error of `make web`.
 */

import type { ChatKitEvents, OpenAIChatKit } from '@openai/chatkit';
import { EVENTS } from '../src/element/events.js';
import type { TurnstreamChat } from '../src/element/turnstream-chat-element.js';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

/** The element can stand wherever ChatKit.js's can. */
export const dropIn = (element: TurnstreamChat): OpenAIChatKit => element;

/** It has all events, and none of its own. */
export const sameEvents: Same<keyof typeof EVENTS, keyof ChatKitEvents> = true;

/** Its methods take exactly what ChatKit.js's take. */
type Method = Exclude<keyof OpenAIChatKit, keyof HTMLElement>;
type Parameters_<T> = T extends (...args: infer A) => unknown ? A : never;
export const sameParameters: {
  [M in Method]: Same<Parameters_<OpenAIChatKit[M]>, Parameters_<TurnstreamChat[M]>>;
} = {
  setOptions: true,
  focusComposer: true,
  setThreadId: true,
  sendCustomAction: true,
  sendUserMessage: true,
  setComposerValue: true,
  showHistory: true,
  hideHistory: true,
  fetchUpdates: true,
};
