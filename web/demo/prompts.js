/** What a visitor can begin with: one prompt for every demonstration of the guide, in their language. */

/**
 * @typedef {import('@openai/chatkit').StartScreenPrompt} StartScreenPrompt
 * @typedef {{title: string, greeting: string, disclaimer: string, panel: string, note: string, kill: string,
 *   prompts: readonly string[]}} Texts
 */

/** The icons, in the order of the prompts. @type {NonNullable<StartScreenPrompt['icon']>[]} */
const ICONS = [
  'maps', 'chart', 'batch', 'lightbulb', 'search', 'write', 'globe', 'notebook', 'suitcase', 'square-text',
  'circle-question', 'profile-card', 'mail', 'bolt', 'compass', 'clock', 'info', 'confetti', 'lifesaver',
  'lucide:moon',
];

/** @type {Texts} */
const ENGLISH = {
  title: 'Turnstream: a chat that loses no answer',
  greeting: 'What would you like to see?',
  panel: 'What just happened',
  note: 'Every event has a position. Reload, close the lid, kill the workers: the answer goes on from there.',
  kill: 'Kill the workers',
  disclaimer: 'Without an API key a demo model answers. It knows the prompts above and what is near them.',
  prompts: [
    'What is the weather in Oslo?',
    'Draw a chart of 12, 14, 13, 17, 19',
    'Show the demo workflow',
    'Show your chain of thought',
    'Research green tea',
    'Write a slogan for green tea',
    'How do client tools work in ChatKit?',
    'Add milk to my to-do list',
    'Plan a trip to Oslo',
    'Show a fully dynamic widget',
    'Ask me some questions',
    'Make a business card for Ann Lee, gardener in Oslo',
    'Send an email to ann@example.com saying hello',
    'Show the action buttons',
    'Let me pick a topic',
    'Run a long task for 20 seconds',
    'Show a warning notice',
    'Send a client effect',
    'Fail on purpose, so that I can retry',
    'Dark theme please',
  ],
};

/** @type {Texts} */
const TAIWAN = {
  title: 'Turnstream：不會遺失回答的對話',
  greeting: '想看看什麼？',
  panel: '剛剛發生了什麼',
  note: '每個事件都有位置。重新整理、闔上筆電、終止工作程序：回答都會從那裡繼續。',
  kill: '終止工作程序',
  disclaimer: '沒有 API 金鑰時，由示範模型回答。它懂上面的句子以及相近的說法。',
  prompts: [
    '台北的天氣',
    '畫一張圖表：12、14、13、17、19',
    '顯示示範工作流程',
    '展示思考過程',
    '研究綠茶',
    '為綠茶寫一個標語',
    'ChatKit 的用戶端工具怎麼用？',
    '把牛奶加到我的待辦清單',
    '規劃一趟去東京的旅行',
    '給我一個動態小工具',
    '問我幾個問題',
    '做一張名片：王小明，園丁，在台北',
    '寄一封電子郵件給 ann@example.com，說你好',
    '顯示動作按鈕',
    '讓我選一個主題',
    '執行 20 秒的長時間工作',
    '顯示警告通知',
    '送出用戶端效果',
    '故意失敗，讓我重試',
    '請換成深色',
  ],
};

/** @type {Texts} */
const CHINA = {
  title: 'Turnstream：不会丢失回答的对话',
  greeting: '想看看什么？',
  panel: '刚刚发生了什么',
  note: '每个事件都有位置。刷新、合上笔记本、终止工作进程：回答都会从那里继续。',
  kill: '终止工作进程',
  disclaimer: '没有 API 密钥时，由演示模型回答。它懂上面的句子以及相近的说法。',
  prompts: [
    '上海的天气',
    '画一张图表：12、14、13、17、19',
    '显示演示工作流',
    '展示思考过程',
    '研究绿茶',
    '为绿茶写一个标语',
    'ChatKit 的客户端工具怎么用？',
    '把牛奶加到我的待办清单',
    '规划一次去东京的旅行',
    '给我一个动态小组件',
    '问我几个问题',
    '做一张名片：李雷，园丁，在上海',
    '给 ann@example.com 发一封邮件，说你好',
    '显示动作按钮',
    '让我选一个主题',
    '执行 20 秒的长时间任务',
    '显示警告通知',
    '发送客户端效果',
    '故意失败，让我重试',
    '请换成深色',
  ],
};

/** The guide speaks these; to all others it speaks English. @param {string} language @returns {Texts} */
export function textsFor(language) {
  const asked = language.toLowerCase();
  if (/^zh-(tw|hk|mo|hant)/.test(asked)) return TAIWAN;
  return asked.startsWith('zh') ? CHINA : ENGLISH;
}

/** @param {Texts} texts @returns {StartScreenPrompt[]} */
export const starters = ({ prompts }) => prompts.map((prompt, at) => ({ label: prompt, prompt, icon: ICONS[at] }));
