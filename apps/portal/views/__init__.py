"""Pages of the portal: what customers open, and where we share it."""
