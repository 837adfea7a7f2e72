/** What a visitor can begin with: one sentence for every demonstration of the guide. */

/** @typedef {import('@openai/chatkit').StartScreenPrompt} StartScreenPrompt */

/** By the tool that a sentence calls, in the order in which they are shown. @type {Record<string, NonNullable<StartScreenPrompt['icon']>>} */
const ICONS = {
  get_weather: 'maps',
  draw_chart: 'chart',
  todo_list: 'notebook',
  plan_trip: 'suitcase',
  demo_workflow: 'batch',
  demo_cot: 'lightbulb',
  research: 'search',
  write_slogan: 'write',
  compare_explanations: 'square-text',
  thinking_agent_handoff: 'agent',
  search_docs: 'book-open',
  save_fact: 'user',
  send_email: 'mail',
  spend_play_money: 'lucide:coins',
  ask_questions: 'circle-question',
  make_business_card: 'profile-card',
  fully_dynamic_widget: 'cube',
  sample_widget: 'square-image',
  action_buttons: 'bolt',
  offer_topics: 'compass',
  show_tip: 'star',
  units_convert_length: 'lucide:ruler',
  long_running_task: 'clock',
  long_running_server_tool_status: 'analytics',
  show_notice: 'info',
  send_client_effect: 'confetti',
  switch_theme: 'lucide:moon',
  fail_on_purpose: 'lifesaver',
};

/** @param {Readonly<Record<string, string>>} sentences by tool @returns {StartScreenPrompt[]} */
export const prompts = (sentences) => Object.entries(ICONS).map(([tool, icon]) => ({ label: sentences[tool], prompt: sentences[tool], icon }));
