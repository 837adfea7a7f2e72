"""What the product uses of other people's code without a promise that it stays."""
