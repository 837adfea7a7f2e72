/** The demo page: the bundled guide in our element. The address remembers the thread. */

import '../src/turnstream-chat.js';
import { starters, textsFor } from './prompts.js';
import { currentTheme, setTheme } from './appearance.js';

/** @typedef {import('../src/element/turnstream-chat-element.js').TurnstreamChat} TurnstreamChat */

const chat = /** @type {TurnstreamChat} */ (document.getElementById('chat'));

const texts = textsFor(navigator.language);

/** @returns {import('@openai/chatkit').ChatKitOptions} */
function options() {
  const dark = currentTheme() === 'dark';
  return {
    api: { url: '/chatkit', domainKey: 'local', uploadStrategy: { type: 'direct', uploadUrl: '/attachments' } },
    initialThread: new URLSearchParams(location.search).get('thread'),
    theme: { colorScheme: currentTheme() },
    header: { rightAction: { icon: dark ? 'light-mode' : 'dark-mode', onClick: () => change(dark ? 'light' : 'dark') } },
    history: { enabled: true, showDelete: true, showRename: true },
    startScreen: { greeting: texts.greeting, prompts: starters(texts) },
    composer: { attachments: { enabled: true }, dictation: { enabled: true } },
    threadItemActions: { feedback: true, retry: true },
    disclaimer: { text: texts.disclaimer },
    onClientTool: clientTool,
  };
}

/** @param {'light' | 'dark'} theme */
function change(theme) {
  setTheme(theme);
  chat.setOptions(options());
}

/** @type {NonNullable<import('@openai/chatkit').ChatKitOptions['onClientTool']>} */
function clientTool({ name, params }) {
  if (name === 'switch_theme') change(params.theme === 'dark' ? 'dark' : 'light');
  return { success: true };
}

chat.addEventListener('chatkit.thread.change', ({ detail }) => {
  const address = new URL(location.href);
  if (detail.threadId) address.searchParams.set('thread', detail.threadId);
  else address.searchParams.delete('thread');
  history.replaceState(null, '', address);
});

document.title = texts.title;
/** @type {HTMLElement} */ (document.querySelector('h1')).textContent = texts.title;
document.documentElement.lang = navigator.language;
change(currentTheme());
