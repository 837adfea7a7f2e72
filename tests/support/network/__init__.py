"""What lies between a client and a server: proxies, balancers, TLS, and lines that break."""
