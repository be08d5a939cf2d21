-- The key of an object whose upload began before its UIDs were known does not say which instance it belongs to. Whoever
-- has to store a lost file again needs to know: a finding keeps the Study, Series and SOP Instance UID, joined by slashes.
ALTER TABLE verification_finding ADD COLUMN instance TEXT;
