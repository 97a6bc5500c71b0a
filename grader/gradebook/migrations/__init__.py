"""The gradebook's tables, made step by step by Alembic when a gradebook is opened."""
