"""Documents of cases: issued by number, as PDF and as an editable file, signed, voided, never changed."""
