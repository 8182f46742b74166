-- The two logins of a Numberyard database; run inside it by a superuser, as often as you like.
-- `owner` owns the database and everything in it: migrations, and making tenants.
-- `app` serves and works, and owns nothing. What it may not change (ledger, history, audit) the
-- migrations take back from it.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'owner') THEN
        CREATE ROLE owner LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN
        CREATE ROLE app LOGIN;
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO owner', current_database());
END
$$;

ALTER SCHEMA public OWNER TO owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO app;

-- For every schema `owner` will ever make: each tenant's, too.
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE ON SCHEMAS TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE, SELECT ON SEQUENCES TO app;
