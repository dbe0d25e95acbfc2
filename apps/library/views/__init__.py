"""Pages of the library: templates, the wizard that uses them, and what lies in them."""
