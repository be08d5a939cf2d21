-- SHA-256 of the file that is held, for a file of an upload whose data set is the same: UploadResult.heldDigest. It changes no row.
ALTER TABLE upload_result ADD COLUMN held_digest TEXT;
