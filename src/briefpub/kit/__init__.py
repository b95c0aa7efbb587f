"""Tools that know no word of the trade: safe files and logs."""
