"""Pure checks: numbered findings over articles and editions, before anything is frozen."""
