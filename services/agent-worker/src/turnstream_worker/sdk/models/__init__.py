"""Models of the SDK and of the `openai` client, and the answers that they read."""
