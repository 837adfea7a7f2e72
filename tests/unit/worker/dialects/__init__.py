"""What model servers say in other words than OpenAI's two APIs."""
