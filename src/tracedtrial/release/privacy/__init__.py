"""What must not leave the building: the identifiers of the subjects, looked for in public outputs.

Looked for, in every text that a file holds (see `texts`):

- *USUBJID*: each of the raw tables, in any case, over a line end and with any kind of hyphen;
- *SUBJID*: as a whole token where it is distinctive (has a letter or a separator, or six digits);
  a short number only where it is labelled (subject 3, SUBJID: 003), as it equals ordinary numbers;
- *date of a subject*: each full date of the raw tables, in ISO, compact and printed forms (17 June
  2001, Jun 17, 2001, 17JUN2001, 06/17/2001, 17.06.01), unless the protocol or the manuscript's
  header declares the same day (a data cut-off is the trial's); months and years are not looked for;
- *age above 89*: a number from 90 to 120 said to be an age, whoever's it is;
- *free text*: each AETERM that is not in a term of the dictionary; a short single word only with
  its label, as words such as URI mean other things too;
- *row-level record*: a table with the header of the trial's own row-level tables, or Parquet.

Not looked for: what only a picture's pixels show.
"""
