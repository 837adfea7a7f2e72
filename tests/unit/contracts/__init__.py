"""What crosses from one service to another: names, texts and times."""
