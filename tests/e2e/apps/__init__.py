"""Apps and tools that systems of these tests run: sound, odd, and limited."""
