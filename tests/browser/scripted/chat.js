// A chat whose server is this page: threads of any length and answers at any speed, with no network
// between them and the element. `?items=` says how many items the thread has.

const TURNS = [
  (n) => `Question ${n}: how do rivers find the sea?`,
  (n) => `# Answer ${n}

Rivers follow **the steepest way down**, \`step ${n}\` by step, as [the atlas](https://example.org/${n}) says:

1. Rain falls on the hills and gathers in brooks.
2. Brooks meet, and the valley decides where they go.

| river | length | sea |
|---|---:|---|
| Volga | 3530 km | Caspian |
| Danube | 2850 km | Black |

\`\`\`python
def downhill(height):
    return min(neighbours(height))
\`\`\`

That is all there is to say about it.`,
];

const text = (n) => TURNS[n % 2](n);
const user = (n, said) => ({
  id: `msg_${n}`, type: 'user_message', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z',
  content: [{ type: 'input_text', text: said }], attachments: [], quoted_text: null, inference_options: {},
});
const assistant = (n, said, annotations = []) => ({
  id: `msg_${n}`, type: 'assistant_message', thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z',
  content: [{ type: 'output_text', text: said, annotations }],
});

/** A thread of so many items: questions and answers by turns. */
const thread = (count) => Array.from({ length: count }, (_, n) => (n % 2 ? assistant(n, text(n)) : user(n, text(n))));

const params = new URLSearchParams(location.search);
const stage = {
  items: thread(Number(params.get('items') ?? 0)),
  /** What the next message is answered with: pieces of text, and the pause between them. */
  answer: { pieces: ['Well.'], pause: 0 },
};

const json = (document) => new Response(JSON.stringify(document), { headers: { 'Content-Type': 'application/json' } });
const head = { id: 'thr_1', title: 'Rivers', created_at: '2026-01-01T00:00:00Z', status: { type: 'active' } };

function page({ limit, order, after }) {
  const all = order === 'desc' ? stage.items.toReversed() : stage.items;
  const from = after ? all.findIndex((item) => item.id === after) + 1 : 0;
  const data = all.slice(from, from + limit);
  return { data, has_more: from + limit < all.length, after: data.at(-1)?.id ?? null };
}

/** The events of one answer, piece by piece. */
async function* answering(input) {
  const n = stage.items.length;
  const { pieces, pause, annotations } = stage.answer;
  const asked = { ...user(n, input.content[0].text) };
  yield { type: 'thread.item.done', item: asked };
  const open = assistant(n + 1, '');
  yield { type: 'thread.item.added', item: { ...open, content: [] } };
  yield { type: 'thread.item.updated', item_id: open.id, update: { type: 'assistant_message.content_part.added', content_index: 0, content: open.content[0] } };
  const start = performance.now();
  for (const [at, delta] of pieces.entries()) {
    const wait = start + at * pause - performance.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    yield { type: 'thread.item.updated', item_id: open.id, update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta } };
  }
  const done = assistant(n + 1, pieces.join(''), annotations);
  yield { type: 'thread.item.done', item: done };
  stage.items = [...stage.items, asked, done];
}

function streamed(events) {
  const bytes = new TextEncoder();
  const body = new ReadableStream({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done) controller.close();
      else controller.enqueue(bytes.encode(`data: ${JSON.stringify(value)}\n\n`));
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}

async function server(url, { body } = {}) {
  const { type, params } = body ? JSON.parse(body) : {};
  switch (type) {
    case 'threads.get_by_id':
      return json({ ...head, items: { data: [], has_more: false } });
    case 'items.list':
      return json(page(params));
    case 'threads.add_user_message':
    case 'threads.create':
      return streamed(answering(params.input));
    default:
      return json({});
  }
}

const chat = document.querySelector('turnstream-chat');
const options = {
  api: { url: '/chatkit', domainKey: 'none', fetch: server },
  initialThread: params.get('thread'),
  thread: { autoScroll: true },
  threadItemActions: { feedback: true, retry: true },
  entities: {
    onClick: (entity) => (window.clicked = entity),
    onRequestPreview: async ({ id }) => ({ preview: { type: 'Basic', children: [{ type: 'Text', value: `Preview of ${id}` }] } }),
  },
};
const opened = new Promise((done) => chat.addEventListener('chatkit.thread.load.end', done, { once: true }));

/** Two frames after the element is complete, what it asked for is on the screen. */
const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
const drawn = async () => {
  for (let each = 0; each < 2; each++) {
    await chat.updateComplete;
    await frame();
  }
};

/** Wait for what a function says: the policy of the page forbids the tests' own way, which is `eval`. */
async function until(said, left = 900) {
  while (!said()) {
    if (!left--) throw new Error(`not so: ${said}`);
    await frame();
  }
}

/** Scroll up until all of the thread is here. */
async function readToStart() {
  while (itemsInView()[0]?.item.id !== stage.items[0].id) {
    scroller().scrollTop = 0;
    await frame();
  }
}

/** Say something, and wait for the end of the answer. */
async function ask(said, answer) {
  stage.answer = { pause: 0, ...answer };
  const end = new Promise((done) => chat.addEventListener('chatkit.response.end', done, { once: true }));
  await chat.sendUserMessage({ text: said });
  await end;
}

/** How far an item's top is below the top of the view. */
const placeOf = (id) => {
  const item = itemsInView().find((each) => each.item.id === id);
  return item && item.getBoundingClientRect().top - scroller().getBoundingClientRect().top;
};
const distanceToEnd = () => scroller().scrollHeight - scroller().scrollTop - scroller().clientHeight;

/** The element that scrolls, and the items that exist. */
const view = () => chat.shadowRoot.querySelector('turnstream-thread')?.shadowRoot;
const scroller = () => view()?.querySelector('.scroll');
const itemsInView = () => [...(view()?.querySelectorAll('turnstream-item') ?? [])];

Object.assign(window, { stage, chat, options, opened, drawn, frame, until, readToStart, ask, placeOf, distanceToEnd, scroller, itemsInView, user, assistant, thread });
chat.setOptions(options);
