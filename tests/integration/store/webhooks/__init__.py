"""What is told to webhooks, how often, and by whom."""
