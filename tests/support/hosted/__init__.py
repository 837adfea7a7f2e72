"""OpenAI's hosted ChatKit, played."""
