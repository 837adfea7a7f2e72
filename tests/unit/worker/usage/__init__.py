"""What models and tools cost: counted once, in turns and outside them."""
