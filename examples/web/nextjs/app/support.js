'use client';

import { ChatKit, useChatKit } from '@openai/chatkit-react';
import Script from 'next/script';

export function Support({ user }) {
  const { control } = useChatKit({
    api: {
      url: '/chat/chatkit',
      domainKey: 'local-dev',
      uploadStrategy: { type: 'direct', uploadUrl: '/chat/attachments' },
    },
    composer: { attachments: { enabled: true } },
    startScreen: { greeting: `Hello ${user}, how can we help?` },
  });
  return (
    <>
      <Script src="/chat/ui/loader.js" data-register="openai-chatkit" />
      <ChatKit control={control} />
    </>
  );
}
