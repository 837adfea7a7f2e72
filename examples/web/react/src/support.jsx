import { ChatKit, useChatKit } from '@openai/chatkit-react';
import { useState } from 'react';

/** A chat whose theme is the page's: the model may switch it, by a client tool. */
export function Support() {
  const [theme, setTheme] = useState('light');
  const [status, setStatus] = useState('ready for a question');
  const chat = useChatKit({
    api: { url: '/chatkit', domainKey: 'local-dev' }, // the key is ChatKit.js's, and read by nobody here
    theme,
    history: { enabled: true },
    startScreen: { greeting: 'How can we help?', prompts: [{ label: 'Weather', prompt: 'What is the weather in Oslo?' }] },
    onClientTool: ({ name, params }) => {
      if (name !== 'switch_theme') return { success: false, error: `unknown tool ${name}` };
      setTheme(params.theme);
      return { success: true };
    },
    onResponseStart: () => setStatus('answering'),
    onResponseEnd: () => setStatus('ready for a question'),
    onThreadChange: ({ threadId }) => console.log('thread', threadId),
    onError: ({ error }) => setStatus(`failed: ${error.message}`),
  });

  return (
    <div className="page">
      <div className="bar">
        <button type="button" onClick={() => chat.sendUserMessage({ text: 'What can you do?', newThread: true })}>
          What can you do?
        </button>
        <button type="button" onClick={() => chat.showHistory()}>
          My conversations
        </button>
        <span role="status">{status}</span>
      </div>
      <ChatKit control={chat.control} />
    </div>
  );
}
