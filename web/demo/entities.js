/** What a message of the demo page may mention: the guides of this deployment, and whatever its assistant knows. */

/** @typedef {import('@openai/chatkit').EntitiesOption} EntitiesOption */

/** @type {EntitiesOption} */
export const entities = {
  showComposerMenu: true,
  onTagSearch: async (query) => (await asked(`/entities?q=${encodeURIComponent(query)}`))?.entities ?? [],
  onRequestPreview: async ({ id }) => (await asked(`/entities/${encodeURIComponent(id)}/preview`)) ?? { preview: null },
};

/** The document at an address; null where the assistant has none. @param {string} address */
async function asked(address) {
  const response = await fetch(address);
  return response.ok ? response.json() : null;
}
