/** The demo page: the bundled guide in our element. The address remembers the thread. */

import '../src/turnstream-chat.js';
import { entities } from './entities.js';
import { Panel } from './panel.js';
import { prompts } from './starters.js';
import { textsFor } from './texts.js';
import { direction } from '../src/locales/negotiation.js';
import { currentTheme, setTheme } from './appearance.js';

/** @typedef {import('../src/element/turnstream-chat-element.js').TurnstreamChat} TurnstreamChat */

const chat = /** @type {TurnstreamChat} */ (document.getElementById('chat'));

const aside = /** @type {HTMLElement} */ (document.getElementById('panel'));
const texts = await textsFor(navigator.languages);
const here = (/** @type {string} */ path) => new URL(path, document.baseURI).pathname;

/** @returns {import('@openai/chatkit').ChatKitOptions} */
function options() {
  const shown = !aside.hidden;
  const dark = currentTheme() === 'dark';
  return {
    api: { url: here('chatkit'), domainKey: 'local', uploadStrategy: { type: 'direct', uploadUrl: here('attachments') } },
    initialThread: new URLSearchParams(location.search).get('thread'),
    theme: { colorScheme: currentTheme() },
    header: {
      leftAction: { icon: shown ? 'sidebar-collapse-right' : 'sidebar-right', onClick: () => togglePanel() },
      rightAction: { icon: dark ? 'light-mode' : 'dark-mode', onClick: () => change(dark ? 'light' : 'dark') },
    },
    history: { enabled: true, showDelete: true, showRename: true },
    startScreen: { greeting: texts.greeting, prompts: prompts(texts.starters) },
    composer: { attachments: { enabled: true }, dictation: { enabled: true } },
    entities,
    commands: { enabled: true },
    threadItemActions: { feedback: true, retry: true },
    thread: { autoScroll: true },
    disclaimer: { text: texts.disclaimer },
    onClientTool: clientTool,
  };
}

/** The panel is open where there is room for it, until the visitor chooses. */
function togglePanel(hidden = !aside.hidden) {
  aside.hidden = hidden;
  chat.setOptions(options());
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

const panel = new Panel(aside, texts, 'breakable' in document.body.dataset);
chat.addEventListener('chatkit.log', ({ detail }) => panel.hear(detail));
chat.addEventListener('chatkit.effect', ({ detail }) => panel.hear({ name: `effect ${detail.name}` }));
aside.hidden = !matchMedia('(min-width: 70rem)').matches;

document.title = texts.title;
/** @type {HTMLElement} */ (document.querySelector('h1')).textContent = texts.title;
document.documentElement.lang = texts.locale;
document.documentElement.dir = direction(texts.locale);
change(currentTheme());
