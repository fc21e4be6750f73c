"""Our database: tables, queries, migrations, evidence, audit."""
