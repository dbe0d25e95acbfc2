"""Reads of the portal: what is shared (`shown`), with whom (`shares`), who comes (`people`)."""
