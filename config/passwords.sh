#!/bin/sh
# Gives the logins of logins.sql their passwords when PostgreSQL's container is first made.
set -eu
psql --set=ON_ERROR_STOP=1 --set=owner="$OWNER_PASSWORD" --set=app="$APP_PASSWORD" \
    --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
ALTER ROLE owner PASSWORD :'owner';
ALTER ROLE app PASSWORD :'app';
SQL
