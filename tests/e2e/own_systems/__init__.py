"""Systems that only the tests of one file look at: each file may run beside any other."""
