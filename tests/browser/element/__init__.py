"""The element as `@openai/chatkit` describes it: options, methods, events, themes."""
