package store

// On SQLite the numbers of the contacts stand in a table of their own, contact_numbers,
// in place of an index over the contacts: a block of an import goes into it in the order
// of the numbers, and into the table of the contacts in the order of the file, and so
// both are filled faster (docs/adr/0017). Whoever inserts contacts inserts their numbers;
// triggers follow what becomes of them later. contacts_by_number is the contacts by their
// numbers; a step of the schema that gives contacts a column makes the view anew.
// CheckCounts holds the two tables against each other.
const sqliteNumbersApart = `
CREATE TABLE contact_numbers (
    account_key BIGINT NOT NULL,
    list_key    BIGINT NOT NULL,
    phone       BIGINT NOT NULL,
    copy        BIGINT NOT NULL,
    seq         BIGINT NOT NULL, -- the contact that has this copy of the number
    PRIMARY KEY (account_key, list_key, phone, copy)
) WITHOUT ROWID;
INSERT INTO contact_numbers SELECT account_key, list_key, phone, copy, seq FROM contacts ORDER BY account_key, list_key, phone, copy;
DROP INDEX contacts_phone;
CREATE TRIGGER contact_number_goes AFTER DELETE ON contacts BEGIN
    DELETE FROM contact_numbers WHERE account_key = old.account_key AND list_key = old.list_key AND phone = old.phone AND copy = old.copy AND seq = old.seq;
END;
CREATE TRIGGER contact_number_changes AFTER UPDATE OF list_key, seq, phone, copy ON contacts
WHEN (new.list_key, new.seq, new.phone, new.copy) <> (old.list_key, old.seq, old.phone, old.copy) BEGIN
    UPDATE contact_numbers SET list_key = new.list_key, seq = new.seq, phone = new.phone, copy = new.copy
    WHERE account_key = old.account_key AND list_key = old.list_key AND phone = old.phone AND copy = old.copy AND seq = old.seq;
END;
CREATE VIEW contacts_by_number AS SELECT n.account_key, n.list_key, n.phone, n.copy, n.seq, c.phone_sent, c.first_name, c.last_name, c.time_zone, c.unique_id,
    c.contact_priority, c.extra, c.created_at, c.updated_at, c.revision, c.expires_at, c.entered_by
    FROM contact_numbers n CROSS JOIN contacts c ON c.account_key = n.account_key AND c.list_key = n.list_key AND c.seq = n.seq;
`
