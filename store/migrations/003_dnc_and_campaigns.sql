-- DNC lists whose entries end and are remembered, campaigns as the contract has
-- them, their runs, and what is handed out to dialers. The words in braces are
-- those of 001_first_light.sql, and:
--   {by_month}      a table that is partitioned by the month of its column at, where
--                   the engine can
--   {phone_before}  the number of a contact that stands in the column before, as JSON
--   {ledger_as_is}  the ledger is deflated already: an engine that would try once more
--                   in vain is told not to
--   numbers_apart  (in braces) the index of the contacts' numbers becomes a table of its own,
--                   where that is filled faster: store/sqlite_numbers.go

-- An entry of a DNC list is a contact. Its reason and source stand in extra. A
-- prefix, +1900*, has the number -1900.
ALTER TABLE contacts ADD COLUMN expires_at BIGINT;  -- of an entry of a DNC list: it blocks until then; NULL: for ever
ALTER TABLE contacts ADD COLUMN entered_by {id};    -- of an entry of a DNC list: the user who brought it in
CREATE INDEX contacts_ends ON contacts (account_key, list_key, expires_at) WHERE expires_at IS NOT NULL; -- whether a scrub must look at the ends of entries

{numbers_apart}
CREATE TABLE contact_ranks ( -- contacts by priority, where a campaign goes by it: see store/rank.go
    account_key BIGINT NOT NULL,
    content_key BIGINT NOT NULL,
    rank        DOUBLE PRECISION NOT NULL, -- the negative of a priority that is a number: the largest comes first
    seq         BIGINT NOT NULL,
    PRIMARY KEY (account_key, content_key, rank, seq)
) {clustered};

CREATE TABLE contact_rankings (
    account_key BIGINT NOT NULL,
    content_key BIGINT NOT NULL,
    ranked_to   BIGINT NOT NULL, -- the sequence number up to which contact_ranks holds the contacts
    PRIMARY KEY (account_key, content_key)
);

CREATE TABLE dnc_history ( -- entries as they were: removed, or changed since
    account_key BIGINT NOT NULL,
    phone       BIGINT NOT NULL,
    list_id     {id} NOT NULL,
    list_name   TEXT NOT NULL,
    list_global BOOLEAN NOT NULL,
    application_id {id} NOT NULL, -- of the list
    seq         BIGINT NOT NULL,
    valid_from  BIGINT NOT NULL, -- the entry held from then
    valid_to    BIGINT NOT NULL, -- until before then: it was removed or changed, or it had expired
    extra       TEXT,
    entered_by  {id} NOT NULL,
    ended_by    {id} NOT NULL,
    PRIMARY KEY (account_key, phone, list_id, seq, valid_from, valid_to)
) {clustered};

CREATE TABLE dnc_scopes ( -- whether DNC lists were global, until it changed
    account_key BIGINT NOT NULL,
    list_id     {id} NOT NULL,
    list_global BOOLEAN NOT NULL,
    valid_from  BIGINT NOT NULL,
    valid_to    BIGINT NOT NULL, -- until before then
    ended_by    {id} NOT NULL,
    PRIMARY KEY (account_key, list_id, valid_from)
) {clustered};

CREATE TABLE registry ( -- what campaigns name besides lists: flows, queues and message templates
    account_key    BIGINT NOT NULL REFERENCES accounts,
    application_id {id} NOT NULL,
    kind           {id} NOT NULL,
    entry_id       {id} NOT NULL,
    name           TEXT NOT NULL,
    name_key       {id} NOT NULL, -- the same for names that differ by case only
    created_by     {id} NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (account_key, application_id, kind, entry_id),
    UNIQUE (account_key, application_id, kind, name_key)
);

ALTER TABLE campaigns ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN name_key {id} NOT NULL DEFAULT '';   -- not unique: the public product has campaigns of one name
ALTER TABLE campaigns ADD COLUMN priority BIGINT NOT NULL DEFAULT 3;
ALTER TABLE campaigns ADD COLUMN dialing_mode {id} NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN dnc_list_key BIGINT NOT NULL DEFAULT 0; -- 0: none
ALTER TABLE campaigns ADD COLUMN plan TEXT NOT NULL DEFAULT '{}';     -- all else that was asked for, JSON
ALTER TABLE campaigns ADD COLUMN scrub TEXT NOT NULL DEFAULT '{}';    -- the last scrub, JSON
ALTER TABLE campaigns ADD COLUMN scrub_state {id} NOT NULL DEFAULT ''; -- queued or running while there is one to do
ALTER TABLE campaigns ADD COLUMN scrub_worker TEXT NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN scrub_lease BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN schedule TEXT NOT NULL DEFAULT '{}'; -- JSON
ALTER TABLE campaigns ADD COLUMN schedule_due BIGINT;               -- when the schedule asks for something next; NULL: never
ALTER TABLE campaigns ADD COLUMN run_key BIGINT NOT NULL DEFAULT 0;   -- the newest run; 0: it never ran
ALTER TABLE campaigns ADD COLUMN run_id {id} NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN run_updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN created_by {id} NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN updated_by {id} NOT NULL DEFAULT '';
UPDATE campaigns SET name_key = lower(name);
CREATE INDEX campaigns_created ON campaigns (account_key, application_id, channel, created_at, campaign_key);
CREATE INDEX campaigns_updated ON campaigns (account_key, application_id, channel, updated_at, campaign_key);
CREATE INDEX campaigns_name ON campaigns (account_key, application_id, channel, name_key, campaign_key);
CREATE INDEX campaigns_filter ON campaigns (account_key, application_id, channel, status, priority, dialing_mode, created_at); -- all that a count of them asks for
CREATE INDEX campaigns_dnc ON campaigns (account_key, dnc_list_key) WHERE dnc_list_key <> 0;
CREATE INDEX campaigns_due ON campaigns (schedule_due) WHERE schedule_due IS NOT NULL;
CREATE INDEX campaigns_scrub ON campaigns (account_key, campaign_key) WHERE scrub_state <> '';

ALTER TABLE campaign_contact_lists ADD COLUMN position BIGINT NOT NULL DEFAULT 0; -- in the order in which the campaign names them

CREATE TABLE campaign_runs ( -- one execution of a campaign over all contacts of its lists
    account_key  BIGINT NOT NULL REFERENCES accounts,
    run_key      BIGINT NOT NULL,
    run_id       {id} NOT NULL,
    campaign_key BIGINT NOT NULL,
    state        {id} NOT NULL,  -- the campaign's while it runs; then how it ended
    priority     BIGINT NOT NULL,
    walk         TEXT NOT NULL,  -- how far the lists were gone through, JSON
    walked       BIGINT NOT NULL DEFAULT 0, -- contacts that were looked at
    handed_out   BIGINT NOT NULL DEFAULT 0, -- claims that were given
    by_number    BOOLEAN NOT NULL DEFAULT FALSE, -- its lists may have a number twice: see run_contacts.held_phone
    pass         DOUBLE PRECISION NOT NULL DEFAULT 0, -- grows by 1/priority with each claim of the shared queue: the least goes next
    started_by   {id} NOT NULL,
    started_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    PRIMARY KEY (account_key, run_key),
    UNIQUE (account_key, run_id)
);
CREATE INDEX campaign_runs_campaign ON campaign_runs (account_key, campaign_key, run_key);
CREATE INDEX campaign_runs_open ON campaign_runs (account_key, run_key) WHERE ended_at IS NULL;

CREATE TABLE run_contacts ( -- contacts that a run has looked at; all others are still to come
    account_key BIGINT NOT NULL,
    run_key     BIGINT NOT NULL,
    list_key    BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    phone       BIGINT NOT NULL, -- that it was looked at with last; 0: the person was erased
    state       {id} NOT NULL,  -- waiting, leased, done
    reason      {id} NOT NULL,  -- why it waits or is done
    attempts    BIGINT NOT NULL,
    claims      BIGINT NOT NULL, -- how often it was handed out; tells one claim from the next
    due_at      BIGINT NOT NULL, -- waiting: not before then; leased: the lease runs out then
    agent       TEXT NOT NULL,
    outcome     {id} NOT NULL,  -- of the last attempt
    last        TEXT NOT NULL,  -- the last attempt, JSON; empty: none
    updated_at  BIGINT NOT NULL,
    held_phone  BIGINT NOT NULL, -- in a run by number, phone while it is handed out; otherwise 0
    PRIMARY KEY (account_key, run_key, list_key, seq)
) {clustered};
CREATE INDEX run_contacts_waiting ON run_contacts (account_key, run_key, attempts, due_at, list_key, seq) WHERE state = 'waiting';
-- By number, a stretch of the list after the other: claims go through the list, and write to the pages of one stretch
-- instead of one page for each contact. See store/run_number.go.
CREATE INDEX run_contacts_number ON run_contacts (account_key, run_key, list_key, (seq / 16384), phone);
CREATE INDEX run_contacts_held ON run_contacts (account_key, run_key, held_phone) WHERE held_phone <> 0;
CREATE INDEX run_contacts_leased ON run_contacts (account_key, run_key, due_at) WHERE state = 'leased';

CREATE TABLE run_totals ( -- counts of a run, in several rows so that dialers do not wait for one another
    account_key BIGINT NOT NULL,
    run_key     BIGINT NOT NULL,
    name        {id} NOT NULL,
    shard       BIGINT NOT NULL,
    total       BIGINT NOT NULL,
    PRIMARY KEY (account_key, run_key, name, shard)
);

CREATE TABLE attempts (
    account_key  BIGINT NOT NULL,
    run_key      BIGINT NOT NULL,
    at           BIGINT NOT NULL, -- when it was recorded
    list_key     BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    number       BIGINT NOT NULL, -- of the contact in the run, from 1
    claim_number BIGINT NOT NULL,
    phone        BIGINT NOT NULL, -- 0: the person was erased
    outcome      {id} NOT NULL,
    disposition  TEXT NOT NULL,
    session_id   TEXT NOT NULL,
    detail       TEXT NOT NULL,
    duration     BIGINT NOT NULL, -- milliseconds
    agent        TEXT NOT NULL,
    PRIMARY KEY (account_key, run_key, at, list_key, seq, number)
) {by_month};
CREATE INDEX attempts_phone ON attempts (account_key, phone); -- whom an erasure looks for

CREATE TABLE run_skips ( -- how often an agent has skipped in a run (Preview)
    account_key BIGINT NOT NULL,
    run_key     BIGINT NOT NULL,
    agent       TEXT NOT NULL,
    skips       BIGINT NOT NULL,
    PRIMARY KEY (account_key, run_key, agent)
);

CREATE TABLE pending_erasures ( -- by own id, that are not done yet: the numbers that it led to
    account_key BIGINT NOT NULL,
    unique_id   TEXT NOT NULL,
    phone       BIGINT NOT NULL,
    PRIMARY KEY (account_key, unique_id, phone)
);

CREATE TABLE suppressions ( -- numbers whose person was erased
    account_key BIGINT NOT NULL REFERENCES accounts,
    hash        BIGINT NOT NULL, -- 63 bits, keyed: see store/suppression.go
    erased_at   BIGINT NOT NULL,
    erased_by   {id} NOT NULL,
    PRIMARY KEY (account_key, hash)
) {clustered};

-- What an erasure has to find in what is kept for an undo, and to count out of it.
ALTER TABLE import_changes ADD COLUMN phone BIGINT; -- of before; NULL without one, and where the person was erased
UPDATE import_changes SET phone = {phone_before} WHERE before IS NOT NULL;
ALTER TABLE import_changes ADD COLUMN copy_before BIGINT; -- of a contact whose number was changed and was not its alone: its copy before the import; NULL of any other
CREATE INDEX import_changes_phone ON import_changes (account_key, phone) WHERE phone IS NOT NULL;
ALTER TABLE imports ADD COLUMN erased BIGINT NOT NULL DEFAULT 0;        -- of the contents that a replacement gathers
ALTER TABLE imports ADD COLUMN erased_before BIGINT NOT NULL DEFAULT 0; -- of those that it took away
ALTER TABLE uploads ADD COLUMN metadata TEXT NOT NULL DEFAULT ''; -- Upload-Metadata, as it came
ALTER TABLE imports ADD COLUMN into_key BIGINT NOT NULL DEFAULT 0;      -- the list's contents that its rows go into; 0: a replacement, or not known
{ledger_as_is}
ALTER TABLE imports ADD COLUMN mended BIGINT NOT NULL DEFAULT 0;        -- of its rejects
UPDATE imports SET mended = (SELECT COUNT(*) FROM import_rejects r WHERE r.account_key = imports.account_key AND r.import_key = imports.import_key AND r.corrected_by <> 0),
    corrected = CASE WHEN corrects = '' THEN 0 ELSE corrected END;
ALTER TABLE imports ADD COLUMN on_dnc BIGINT NOT NULL DEFAULT 0;        -- rows whose number a DNC list blocked; 0 where nobody asked
