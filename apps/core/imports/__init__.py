"""The import recipe: reading a delimited file of unknown make. Pure functions, no database.

`reading` finds encoding and delimiter and streams the records, `columns` finds which column is
which field, `values` reads dates, numbers and yes or no as files write them, and `survey` looks at
whole columns before a single value is read.
"""
