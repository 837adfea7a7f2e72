"""HTTP as clients and proxies speak it."""
