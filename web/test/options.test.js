/** Every option of `@openai/chatkit` is tried by a browser test, or is on the list of what is not there yet. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const TESTS = new URL('../../tests/browser/', import.meta.url);
const GUIDES = new URL('../../docs/guides/', import.meta.url);
/** The list is not to grow. */
const MOST = 5;

const API = 'test_api_fetch_asks_for_everything_and_the_domain_key_is_no_ones_business';
const COMMANDS = 'test_a_command_of_the_page_runs_and_leaves_no_text';
const HEADER = 'test_the_header_has_the_buttons_of_the_page';
const HISTORY = 'test_history_can_be_off_or_without_rename_and_delete';
const LIMITS = 'test_each_type_has_its_limit_and_a_refusal_says_which';
const MENTIONS = 'test_a_mention_is_found_by_its_name_and_sent_as_a_tag';
const MODELS = 'test_a_model_is_chosen_by_keyboard_and_one_that_is_off_can_not_be';
const PROMPTS = 'test_the_start_screen_greets_and_sends_its_prompts';
const TITLE = 'test_the_header_shows_the_title_of_the_thread_or_that_of_the_page';
const TOOLS = 'test_a_tool_from_the_menu_stays_only_if_it_is_persistent';
const UPLOADS = 'test_a_file_is_uploaded_and_goes_with_the_message';
const FONTS = 'test_fonts_of_the_page_are_loaded_as_it_describes_them';
const FAMILIES = 'test_the_families_of_fonts_are_those_of_text_and_of_code';
const ACCENT = 'test_the_accent_colours_what_calls_for_attention';
const GRAYS = 'test_the_grayscale_tints_and_shades_every_gray';
const SURFACE = 'test_the_surface_is_the_ground_and_what_is_written_on_it';
const DISCLAIMER = 'test_a_disclaimer_is_markdown_below_the_composer';
const ACTIONS = 'test_feedback_and_retry_are_offered_below_an_answer_if_the_page_wants';

/**
 * A test for each option. One more or less than the types have is an error of `make web`.
 * @type {Readonly<Record<import('./paths.d.ts').Paths<import('@openai/chatkit').ChatKitOptions>, string>>}
 */
const TRIED = {
  'api.url': API,
  'api.fetch': API,
  'api.domainKey': API,
  'api.getClientSecret': 'test_a_session_that_expires_while_an_answer_streams_is_renewed',
  'api.uploadStrategy.type': UPLOADS,
  'api.uploadStrategy.uploadUrl': UPLOADS,
  'commands.enabled': COMMANDS,
  'commands.onSearch': COMMANDS,
  'commands.onSelect': COMMANDS,
  'composer.attachments.accept': LIMITS,
  'composer.attachments.enabled': 'test_where_no_files_are_taken_a_drop_is_the_page_s_own',
  'composer.attachments.maxCount': LIMITS,
  'composer.attachments.maxSize': LIMITS,
  'composer.dictation.enabled': 'test_speech_becomes_text_where_the_cursor_stands',
  'composer.models.default': 'test_the_model_that_is_shown_is_the_one_that_is_sent',
  'composer.models.description': MODELS,
  'composer.models.disabled': MODELS,
  'composer.models.id': MODELS,
  'composer.models.label': MODELS,
  'composer.placeholder': 'test_the_composer_says_what_the_page_wants_it_to',
  'composer.tools.icon': TOOLS,
  'composer.tools.id': TOOLS,
  'composer.tools.label': TOOLS,
  'composer.tools.persistent': TOOLS,
  'composer.tools.pinned': TOOLS,
  'composer.tools.placeholderOverride': 'test_the_composer_says_what_the_page_wants_it_to',
  'composer.tools.shortLabel': TOOLS,
  'disclaimer.highContrast': DISCLAIMER,
  'disclaimer.text': DISCLAIMER,
  'entities.onClick': 'test_a_tag_in_a_sent_message_shows_its_preview_and_can_be_clicked',
  'entities.onRequestPreview': 'test_a_tag_in_a_sent_message_shows_its_preview_and_can_be_clicked',
  'entities.onTagSearch': MENTIONS,
  'entities.showComposerMenu': 'test_the_button_begins_a_mention',
  frameTitle: 'test_frame_title_names_the_chat',
  'header.enabled': TITLE,
  'header.leftAction.icon': HEADER,
  'header.leftAction.onClick': HEADER,
  'header.rightAction.icon': HEADER,
  'header.rightAction.onClick': HEADER,
  'header.title.enabled': TITLE,
  'header.title.text': TITLE,
  'history.enabled': HISTORY,
  'history.showDelete': HISTORY,
  'history.showRename': HISTORY,
  initialThread: 'test_the_initial_thread_is_shown_first_and_no_other_time',
  locale: 'test_locale_is_the_language_of_the_chat_and_english_where_there_is_none',
  onClientTool: 'test_a_client_tool_is_asked_and_its_result_goes_back',
  'startScreen.greeting': PROMPTS,
  'startScreen.prompts.icon': PROMPTS,
  'startScreen.prompts.label': PROMPTS,
  'startScreen.prompts.prompt.data': PROMPTS,
  'startScreen.prompts.prompt.group': PROMPTS,
  'startScreen.prompts.prompt.id': PROMPTS,
  'startScreen.prompts.prompt.interactive': PROMPTS,
  'startScreen.prompts.prompt.text': PROMPTS,
  'startScreen.prompts.prompt.type': PROMPTS,
  'theme.color.accent.level': ACCENT,
  'theme.color.accent.primary': ACCENT,
  'theme.color.grayscale.hue': GRAYS,
  'theme.color.grayscale.shade': GRAYS,
  'theme.color.grayscale.tint': GRAYS,
  'theme.color.surface.background': SURFACE,
  'theme.color.surface.foreground': SURFACE,
  'theme.colorScheme': 'test_a_scheme_is_a_theme_of_its_own',
  'theme.density': 'test_the_density_is_the_room_between_things',
  'theme.radius': 'test_the_radius_is_that_of_buttons_and_of_the_composer',
  'theme.typography.baseSize': 'test_the_base_size_is_that_of_text_and_all_else_follows',
  'theme.typography.fontFamily': FAMILIES,
  'theme.typography.fontFamilyMono': FAMILIES,
  'theme.typography.fontSources.display': FONTS,
  'theme.typography.fontSources.family': FONTS,
  'theme.typography.fontSources.src': FONTS,
  'theme.typography.fontSources.style': FONTS,
  'theme.typography.fontSources.unicodeRange': FONTS,
  'theme.typography.fontSources.weight': FONTS,
  'thread.autoScroll': 'test_an_answer_is_followed_to_its_end_if_the_page_wants',
  'threadItemActions.feedback': ACTIONS,
  'threadItemActions.retry': ACTIONS,
  'widgets.onAction': 'test_widget_actions_for_the_client_are_the_pages',
};

const tests = readdirSync(TESTS, { encoding: 'utf8', recursive: true })
  .filter((name) => name.endsWith('.py'))
  .map((name) => readFileSync(new URL(name, TESTS), 'utf8'))
  .join('\n');

test('every option is tried by a test that there is', () => {
  const missing = Object.entries(TRIED).filter(([, name]) => !tests.includes(`def ${name}(`));
  assert.deepEqual(missing, []);
});

test('what is not there yet is a short list, the same in both languages', () => {
  const lists = ['', 'zh-TW/'].map((language) => {
    const guide = readFileSync(new URL(`${language}themes-and-options.md`, GUIDES), 'utf8');
    const section = guide.split(/^## (?:Not yet|還沒有的)$/m)[1]?.split(/^## /m)[0] ?? '';
    return [...section.matchAll(/^- `([\w.]+)`/gm)].map(([, option]) => option);
  });
  assert.ok(lists[0].length && lists[0].length <= MOST, `${lists[0]}`);
  assert.deepEqual(lists[0], lists[1]);
});
