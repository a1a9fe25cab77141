"""Evidence files and the first assessment, from the files into the database."""
