-- The user that the store connects as: it owns nothing. `migrate` lets it use the rows.
-- psql reads its password from STORE_POSTGRES_PASSWORD; run it again to change the password.
\getenv password STORE_POSTGRES_PASSWORD
SELECT 'CREATE ROLE turnstream_store LOGIN' WHERE to_regrole('turnstream_store') IS NULL \gexec
ALTER ROLE turnstream_store PASSWORD :'password';
