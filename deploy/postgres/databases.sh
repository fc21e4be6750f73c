#!/bin/sh
# Run once by the PostgreSQL image, on an empty data volume: two roles that cannot see each other's
# databases. Later changes are made by `casework db upgrade` and deploy/temporal/schema.sh.
# Needs CASEWORK_DB_PASSWORD and TEMPORAL_DB_PASSWORD.
set -eu

# The passwords reach psql through its environment: they appear in no command line and no log.
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv casework_password CASEWORK_DB_PASSWORD
\getenv temporal_password TEMPORAL_DB_PASSWORD

CREATE ROLE casework LOGIN PASSWORD :'casework_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';

CREATE DATABASE casework OWNER casework;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;

REVOKE CONNECT ON DATABASE casework, temporal, temporal_visibility FROM PUBLIC;
SQL
