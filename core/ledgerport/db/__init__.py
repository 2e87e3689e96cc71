"""The single source of truth: models, repositories, migrations, sessions."""
