"""Model servers as the world has them: each deviates from OpenAI's in one way.

`catalogue` has them all. Every entry names its public source and what must come of it.
"""
