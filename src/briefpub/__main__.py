"""`python -m briefpub`: the same words as the `briefpub` command."""

from briefpub.cli.main import main

if __name__ == "__main__":
    main()
