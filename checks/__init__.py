"""What `make check` and `make api` run: limits of the code, and pages made from it."""
