-- Keys that the archive makes for itself when it first needs them, such as that of replaced UIDs in de-identified instances.
CREATE TABLE secret (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL                               -- hexadecimal
);
