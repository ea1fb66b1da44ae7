"""The row lineage put to the proof: three laws, tried by mutation of the raw rows.

*sound*: a change of a row outside a number's records leaves the number as it was. *complete*:
without a patient's records of a role, the patient leaves that role. *tight*: for each record
there is a valid change of one column that moves the number or takes the row out of its records.
"""
