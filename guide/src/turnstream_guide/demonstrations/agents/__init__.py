"""Demonstrations of agents: handoffs, guardrails, agents side by side, MCP."""
