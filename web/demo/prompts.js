/** What a visitor can begin with: one prompt for every demonstration of the guide, in their language. */

/**
 * @typedef {import('@openai/chatkit').StartScreenPrompt} StartScreenPrompt
 * @typedef {{greeting: string, disclaimer: string, starters: StartScreenPrompt[]}} Prompts
 */

/** @type {Prompts} */
const ENGLISH = {
  greeting: 'What would you like to see?',
  disclaimer: 'Without an API key a demo model answers. It understands the prompts above and what is near them.',
  starters: [
    { icon: 'maps', label: 'Weather, as a card', prompt: 'What is the weather in Lisbon?' },
  ],
};

/** @param {string} _language @returns {Prompts} */
export const prompts = (_language) => ENGLISH;
