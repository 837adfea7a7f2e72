/** `kit` has the hook's methods, `heard` what its handlers were called with. */

import { ChatKit, useChatKit } from '@openai/chatkit-react';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

const EVENTS = [
  'Ready', 'Error', 'Effect', 'Deeplink', 'ResponseStart', 'ResponseEnd', 'HistoryOpen', 'HistoryClose',
  'ThreadChange', 'ThreadLoadStart', 'ThreadLoadEnd', 'ToolChange', 'Log',
];
window.heard = [];
const handlers = Object.fromEntries(
  EVENTS.map((name) => [`on${name}`, (detail) => window.heard.push([name, detail?.error?.message ?? detail])]),
);

function Chat() {
  const kit = useChatKit({
    api: { url: '/chatkit', domainKey: 'local-dev' },
    startScreen: { greeting: 'From React' },
    composer: { tools: [{ id: 'get_weather', label: 'Weather', icon: 'globe' }] },
    ...handlers,
  });
  window.kit = kit;
  return <ChatKit control={kit.control} ref={kit.ref} className="chat" />;
}

function Page() {
  const [shown, show] = useState(true);
  window.show = show;
  return shown && <Chat />;
}

createRoot(document.getElementById('root')).render(<StrictMode><Page /></StrictMode>);
