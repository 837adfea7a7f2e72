"""What operators and keys did."""
