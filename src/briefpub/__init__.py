"""briefpub turns essays into a newsletter: mail digest, PDF brief and EPUB compilation from one source."""
