"""What is sent or published: submission, bundles, privacy, the results as CDISC ARS."""
