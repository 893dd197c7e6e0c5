-- Imports become jobs that any process may run, with a ledger of every row, and
-- that can be undone. The words in braces are those of 001_first_light.sql.

-- A list's contacts stand under its content_key, which a replacement exchanges.
ALTER TABLE contact_lists ADD COLUMN content_key BIGINT NOT NULL DEFAULT 0;
ALTER TABLE contact_lists ADD COLUMN has_copies BOOLEAN NOT NULL DEFAULT TRUE;   -- some number may stand in it twice
ALTER TABLE contact_lists ADD COLUMN ids_indexed BOOLEAN NOT NULL DEFAULT FALSE; -- contact_unique_ids holds its contacts' own ids
UPDATE contact_lists SET content_key = list_key;

ALTER TABLE contacts ADD COLUMN revision BIGINT NOT NULL DEFAULT 1; -- grows with each change of the contact

ALTER TABLE imports ADD COLUMN user_id {id} NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN list_name TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN upload_id {id} NOT NULL DEFAULT '';           -- empty: a local file of the worker's
ALTER TABLE imports ADD COLUMN dry_run BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE imports ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';          -- what was asked for, JSON; options is the key that decides whether it can be gone on with
ALTER TABLE imports ADD COLUMN begun BOOLEAN NOT NULL DEFAULT TRUE;          -- the file was understood, and rows are read
ALTER TABLE imports ADD COLUMN answer TEXT NOT NULL DEFAULT '';              -- how the file was understood, JSON
ALTER TABLE imports ADD COLUMN bytes_read BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN corrected BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN corrects {id} NOT NULL DEFAULT '';            -- the import whose rejects this file mends
ALTER TABLE imports ADD COLUMN failure_code TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN cancel_requested BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE imports ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN started_rows BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN content_key BIGINT NOT NULL DEFAULT 0;        -- where a replacement gathers the new contacts
ALTER TABLE imports ADD COLUMN previous_key BIGINT NOT NULL DEFAULT 0;       -- the contents that a replacement took away
ALTER TABLE imports ADD COLUMN list_before TEXT NOT NULL DEFAULT '';         -- status, columns and mapping of the list before, JSON
ALTER TABLE imports ADD COLUMN undo_state TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN undo_removed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN undo_restored BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN undo_kept BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN undo_missing BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN undo_failure TEXT NOT NULL DEFAULT '';
ALTER TABLE imports ADD COLUMN undo_ended_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN undo_position BIGINT NOT NULL DEFAULT 0;      -- the first row of the last block that it has dealt with
UPDATE imports SET created_at = started_at;
-- What processes look for when they look for work.
CREATE INDEX imports_open ON imports (account_key, import_key) WHERE state = 'queued' OR state = 'running' OR undo_state = 'queued' OR undo_state = 'running';

CREATE TABLE import_ledger ( -- one row for each committed block
    account_key BIGINT NOT NULL,
    import_key  BIGINT NOT NULL,
    first_row   BIGINT NOT NULL,
    row_count   BIGINT NOT NULL,
    first_seq   BIGINT NOT NULL, -- the row first_row + n became the contact first_seq + n, if it was added
    body        {bytes} NOT NULL, -- see store/ledger_body.go
    PRIMARY KEY (account_key, import_key, first_row)
);

CREATE TABLE import_changes ( -- contacts that an import changed
    account_key BIGINT NOT NULL,
    import_key  BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    revision    BIGINT NOT NULL, -- that the change left
    before      TEXT,            -- the contact before the import, JSON; NULL where the import had added it
    PRIMARY KEY (account_key, import_key, seq)
);

CREATE TABLE import_kept ( -- contacts that an undo left as they are
    account_key BIGINT NOT NULL,
    import_key  BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    reason      TEXT NOT NULL,
    PRIMARY KEY (account_key, import_key, seq)
);

ALTER TABLE import_rejects ADD COLUMN corrected_by BIGINT NOT NULL DEFAULT 0; -- the import that brought the row in, mended

CREATE TABLE contact_unique_ids ( -- kept for lists into which files were matched by own id
    account_key BIGINT NOT NULL,
    content_key BIGINT NOT NULL,
    unique_id   {id} NOT NULL,
    seq         BIGINT NOT NULL,
    PRIMARY KEY (account_key, content_key, unique_id, seq)
) {clustered};

CREATE TABLE mappings ( -- how files with a certain header were mapped last
    account_key    BIGINT NOT NULL,
    application_id {id} NOT NULL,
    header_key     {id} NOT NULL,
    mapping        TEXT NOT NULL, -- JSON object: field to column
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (account_key, application_id, header_key)
);

CREATE TABLE uploads (
    account_key    BIGINT NOT NULL REFERENCES accounts,
    upload_id      {id} NOT NULL,
    application_id {id} NOT NULL,
    user_id        {id} NOT NULL,
    file_name      TEXT NOT NULL,
    size           BIGINT NOT NULL, -- -1 while it is not known
    complete       BOOLEAN NOT NULL,
    digest         {id} NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL, -- when something of it came last
    lock_holder    {id} NOT NULL DEFAULT '', -- the request that writes to it
    lock_until     BIGINT NOT NULL DEFAULT 0,
    lock_wanted    BOOLEAN NOT NULL DEFAULT FALSE, -- another request waits for the lock
    PRIMARY KEY (account_key, upload_id),
    UNIQUE (upload_id)
);
CREATE INDEX uploads_age ON uploads (updated_at);
CREATE INDEX uploads_newest ON uploads (account_key, application_id, created_at, upload_id);

CREATE TABLE idempotency_keys ( -- calls that were sent with an Idempotency-Key
    client_id   {id} NOT NULL,
    key         {id} NOT NULL,
    fingerprint {id} NOT NULL,   -- of the request: the same key with another request is refused
    state       TEXT NOT NULL,   -- running, committed (its write is durable), answered (its answer is kept)
    status      BIGINT NOT NULL, -- of its answer; 0 until it ended. Of a committed call: that of an answer that is not kept
    headers     TEXT NOT NULL,   -- of the kept answer, JSON object
    answer      {bytes} NOT NULL,
    lease_until BIGINT NOT NULL, -- also tells one attempt from the next, which has a later one
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (client_id, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
