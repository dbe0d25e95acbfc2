"""`make bench`: what a page costs against the least that could answer it."""
