/**
 * A classic script for pages that have no modules: loads the element from where this came from.
 * `<script src="…/loader.js" data-register="openai-chatkit" async></script>` registers it under that
 * name too, so that a page written for ChatKit.js changes nothing but this tag. When the element can't
 * be loaded, the tag hears of it by an `error` event, as if its own file were missing.
 */
(() => {
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  if (!script) throw new Error('turnstream: load this file by a script tag');
  const name = script.dataset.register;
  import(new URL('turnstream-chat.js', script.src).href)
    .then(({ register }) => name && register(name))
    .catch((error) => {
      console.error('turnstream: the chat could not be loaded', error);
      script.dispatchEvent(new Event('error'));
    });
})();
