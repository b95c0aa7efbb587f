"""Importers: one file per kind of source, each giving Markdown articles with a remark on every block."""
