"""What an attempt uses of models and tools: counted, priced, and held against its budget."""
