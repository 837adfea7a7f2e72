"""What the bundled tools keep for a user: facts and emails."""
