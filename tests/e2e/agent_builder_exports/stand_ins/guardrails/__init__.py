"""Stands for the package `openai-guardrails`, which asks models."""
