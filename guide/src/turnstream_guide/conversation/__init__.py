"""What the guide does with a conversation: history, titles, citations, approvals."""
