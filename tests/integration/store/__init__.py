"""The store on a real Postgres and a real Redis."""
