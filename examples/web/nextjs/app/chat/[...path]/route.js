/**
 * Everything below /chat/ goes to the gateway, in the name of the user who is logged in. The browser holds an
 * httpOnly cookie and no token, and the gateway (AUTH=proxy) is reached by this server alone.
 */

import { cookies } from 'next/headers';
import { SESSION, userOf } from '../../../lib/session.js';

const GATEWAY = process.env.CHAT_URL ?? 'http://localhost:8000';
/** What a page may ask of the gateway. Routes for operators and servers are none of its business. */
const ROUTES = new Set(['ui', 'chatkit', 'turns', 'threads', 'attachments', 'files', 'entities']);
/** Of these the element's files and signed links need no login. */
const OPEN = new Set(['ui', 'files']);
/** Headers that are passed on. All others, `Cookie` and `X-User-Id` among them, stay here. */
const PASSED = ['accept', 'accept-language', 'content-type', 'idempotency-key', 'if-none-match', 'last-event-id', 'range', 'turnstream-client', 'turnstream-when-busy'];

async function pass(request, { params }) {
  const { path } = await params;
  if (!ROUTES.has(path[0])) return new Response(null, { status: 404 });
  const user = userOf((await cookies()).get(SESSION)?.value);
  if (!user && !OPEN.has(path[0])) return Response.json({ code: 'unauthorized' }, { status: 401 });

  const here = new URL(request.url);
  const answer = await fetch(new URL(path.map(encodeURIComponent).join('/') + here.search, GATEWAY), {
    method: request.method,
    headers: headersFor(request, user),
    body: request.body,
    duplex: 'half',
    redirect: 'manual',
    signal: request.signal, // a page that leaves closes the gateway's stream too
  });
  const headers = new Headers(answer.headers);
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding', 'connection']) headers.delete(name); // `fetch` unpacked it
  return new Response(answer.body, { status: answer.status, headers });
}

function headersFor(request, user) {
  const headers = new Headers();
  for (const name of PASSED) if (request.headers.has(name)) headers.set(name, request.headers.get(name));
  headers.set('X-Proxy-Secret', process.env.PROXY_SECRET);
  if (user) headers.set('X-User-Id', user);
  headers.set('X-Forwarded-Host', request.headers.get('host')); // links of the gateway lead back here,
  headers.set('X-Forwarded-Proto', new URL(request.url).protocol.slice(0, -1));
  headers.set('X-Forwarded-Prefix', '/chat'); // below this prefix
  return headers;
}

export { pass as GET, pass as POST, pass as PUT, pass as DELETE };
