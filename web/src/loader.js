/** A classic script for pages that have no modules: loads the element from where this came from. */
(() => {
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  if (!script) throw new Error('turnstream: load this file by a script tag');
  import(new URL('turnstream-chat.js', script.src).href).catch((error) => {
    console.error('turnstream: the chat could not be loaded', error);
  });
})();
