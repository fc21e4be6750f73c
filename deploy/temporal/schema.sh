#!/bin/sh
# Creates or upgrades Temporal's own tables. Repeating it changes nothing.
# The databases themselves exist already: deploy/postgres/databases.sh.
# Needs POSTGRES_SEEDS, POSTGRES_USER and SQL_PASSWORD (read by the tool itself).
set -eu

bring_up_to_date() { # <database> <folder of its schema>
  set -- "$1" "/etc/temporal/schema/postgresql/v12/$2/versioned"
  tool="temporal-sql-tool --plugin postgres12 --ep $POSTGRES_SEEDS -p 5432 -u $POSTGRES_USER --db $1"
  $tool setup-schema -v 0.0
  $tool update-schema -d "$2"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
