"""The author's folders: articles, pictures and layouts are read here, and nothing of them is trusted."""
