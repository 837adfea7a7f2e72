"""The examples of other frameworks, each where its package installs."""
