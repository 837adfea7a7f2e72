/** What the menu above the field offers: entities, commands of the page, and those of the composer. */

/**
 * @typedef {import('@openai/chatkit').Entity} Entity
 * @typedef {import('@openai/chatkit').Command} Command
 * @typedef {{
 *   label: string, icon: string, description?: string, group?: string,
 *   entity?: Entity, command?: Command, act?: (field: import('./field.js').Field) => void,
 * }} Option
 */

/** @param {readonly Entity[]} entities @returns {Option[]} */
export const entityOptions = (entities) =>
  entities.map((entity) => ({ label: entity.title, icon: entity.icon ?? 'at-sign', group: entity.group, entity }));

/** @param {readonly Command[]} commands @returns {Option[]} */
export const commandOptions = (commands) =>
  commands.map((command) => ({ ...command, icon: command.icon ?? 'chevron-right', command }));

/**
 * What the composer itself can do, as its options say: the buttons below the field, by name.
 * @param {Pick<import('../view/env.js').Env, 'options' | 't'>} env
 * @returns {Option[]}
 */
export function builtInCommands({ options: { composer = {}, entities }, t }) {
  const { attachments, dictation, tools = [], models = [] } = composer;
  const told = (/** @type {Record<string, unknown>} */ detail) => (/** @type {EventTarget} */ field) => field.dispatchEvent(new CustomEvent('choose', { detail }));
  return [
    ...(attachments?.enabled ? [{ label: t('attach'), icon: 'paperclip', act: told({ attach: true }) }] : []),
    ...(entities?.onTagSearch ? [{ label: t('mention'), icon: 'at-sign', act: told({ mention: true }) }] : []),
    ...(dictation?.enabled ? [{ label: t('dictate'), icon: 'mic', act: told({ dictate: true }) }] : []),
    ...tools.map(({ id, label, icon }) => ({ label, icon, group: t('tools'), act: told({ toolId: id }) })),
    ...(models.length > 1 ? models.filter(({ disabled }) => !disabled).map(({ id, label, description }) => (
      { label, description, icon: 'sparkle', group: t('model'), act: told({ modelId: id }) })) : []),
  ];
}

/** Those that have all words of a query in their label or description. @param {readonly Option[]} options @param {string} query */
export function matching(options, query) {
  const words = query.toLowerCase().split(/\s+/);
  return options.filter(({ label, description = '' }) => {
    const text = `${label} ${description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** By group, groups in the order of their first option. @param {readonly Option[]} options @returns {[string, Option[]][]} */
export function grouped(options) {
  /** @type {Map<string, Option[]>} */
  const groups = new Map();
  for (const option of options) {
    const { group = '' } = option;
    groups.set(group, [...(groups.get(group) ?? []), option]);
  }
  return [...groups];
}
