-- The schema of Rollcall's first release. One text for both engines; the words
-- in braces are filled in by store/dialect.go:
--   {id}         text compared byte by byte
--   {bytes}      a byte string
--   {clustered}  rows stored in the order of the primary key, where the engine can
-- Times are UTC milliseconds since 1970. The account comes first in every key, so
-- that one schema can be spread by account over several machines.

CREATE TABLE accounts (
    account_key BIGINT NOT NULL PRIMARY KEY,
    account_id  {id} NOT NULL UNIQUE,
    org_id      {id} NOT NULL,
    last_key    BIGINT NOT NULL DEFAULT 0, -- the last number given to a list, an import or a campaign of the account
    created_at  BIGINT NOT NULL
);

CREATE TABLE applications (
    account_key    BIGINT NOT NULL REFERENCES accounts,
    application_id {id} NOT NULL UNIQUE,
    version        BIGINT NOT NULL DEFAULT 1, -- grows with every write that can change an answer about its lists
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (account_key, application_id)
);

CREATE TABLE apps (
    client_id    {id} NOT NULL PRIMARY KEY,
    account_key  BIGINT NOT NULL REFERENCES accounts,
    name         TEXT NOT NULL,
    user_id      {id} NOT NULL,
    applications TEXT NOT NULL, -- JSON array of application ids
    scopes       TEXT NOT NULL, -- JSON array of scopes
    algorithm    TEXT NOT NULL,
    enforce_jti  BOOLEAN NOT NULL,
    enforce_jwe  BOOLEAN NOT NULL,
    revoked      BOOLEAN NOT NULL,
    revision     BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);

CREATE TABLE app_keys (
    client_id  {id} NOT NULL REFERENCES apps,
    position   BIGINT NOT NULL, -- oldest first
    key_id     {id} NOT NULL,
    sealed     {bytes},
    public_key {bytes},
    created_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, position)
);

CREATE TABLE token_ids ( -- jti values of apps whose tokens are good for one call
    client_id  {id} NOT NULL,
    token_id   {id} NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, token_id)
) {clustered};
CREATE INDEX token_ids_expiry ON token_ids (expires_at);

CREATE TABLE secrets ( -- the server's own, sealed with the master key
    name  {id} NOT NULL PRIMARY KEY,
    value {bytes} NOT NULL
);

CREATE TABLE contact_lists (
    account_key        BIGINT NOT NULL REFERENCES accounts,
    list_key           BIGINT NOT NULL,
    list_id            {id} NOT NULL,
    application_id     {id} NOT NULL,
    name               TEXT NOT NULL,
    name_key           {id} NOT NULL, -- the same for names that differ by case only
    description        TEXT NOT NULL,
    list_type          TEXT NOT NULL,
    source             TEXT NOT NULL,
    status             TEXT NOT NULL,
    mapping            TEXT NOT NULL, -- JSON object
    columns            TEXT NOT NULL, -- JSON array
    files              TEXT NOT NULL, -- JSON array
    allow_duplicates   BOOLEAN NOT NULL,
    phone_rule         TEXT NOT NULL,
    region             TEXT NOT NULL,
    global_dnc         BOOLEAN NOT NULL,
    total_record_count BIGINT NOT NULL, -- changes in the transaction that changes the contacts
    last_seq           BIGINT NOT NULL, -- the last sequence number given to a contact
    contact_space      BIGINT NOT NULL,
    created_by         {id} NOT NULL,
    updated_by         {id} NOT NULL,
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    PRIMARY KEY (account_key, list_key),
    UNIQUE (account_key, list_id),
    UNIQUE (account_key, application_id, name_key)
);

CREATE TABLE contacts (
    account_key      BIGINT NOT NULL,
    list_key         BIGINT NOT NULL,
    seq              BIGINT NOT NULL,
    phone            BIGINT NOT NULL, -- E.164 digits
    copy             BIGINT NOT NULL, -- 0 for one contact of each number in a list; seq for its duplicates, where the list allows them
    phone_sent       TEXT,            -- the spelling, where it is not + and the digits
    first_name       TEXT,
    last_name        TEXT,
    time_zone        TEXT,
    unique_id        TEXT,
    contact_priority TEXT,
    extra            TEXT,            -- JSON object
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    PRIMARY KEY (account_key, list_key, seq)
) {clustered};
CREATE UNIQUE INDEX contacts_phone ON contacts (account_key, list_key, phone, copy);

CREATE TABLE imports (
    account_key    BIGINT NOT NULL REFERENCES accounts,
    import_key     BIGINT NOT NULL,
    import_id      {id} NOT NULL,
    application_id {id} NOT NULL,
    list_key       BIGINT NOT NULL,
    list_id        {id} NOT NULL,
    file_id        {id} NOT NULL,
    file_name      TEXT NOT NULL,
    digest         {id} NOT NULL,
    options        TEXT NOT NULL,
    state          TEXT NOT NULL,
    row_count      BIGINT NOT NULL, -- rows settled: the position to go on from
    added          BIGINT NOT NULL,
    updated        BIGINT NOT NULL,
    unchanged      BIGINT NOT NULL,
    duplicate      BIGINT NOT NULL,
    rejected       BIGINT NOT NULL,
    blocked        BIGINT NOT NULL,
    failure        TEXT NOT NULL,
    worker         TEXT NOT NULL,
    lease_until    BIGINT NOT NULL,
    started_at     BIGINT NOT NULL,
    ended_at       BIGINT,
    PRIMARY KEY (account_key, import_key),
    UNIQUE (account_key, import_id)
);
CREATE INDEX imports_list ON imports (account_key, list_key);

CREATE TABLE import_rejects (
    account_key BIGINT NOT NULL,
    import_key  BIGINT NOT NULL,
    row_number  BIGINT NOT NULL,
    code        TEXT NOT NULL,
    message     TEXT NOT NULL,
    raw         {bytes} NOT NULL, -- bytes: a bad row may hold what no text column takes
    PRIMARY KEY (account_key, import_key, row_number)
) {clustered};

CREATE TABLE campaigns (
    account_key    BIGINT NOT NULL REFERENCES accounts,
    campaign_key   BIGINT NOT NULL, -- in the order of creation
    campaign_id    {id} NOT NULL,
    application_id {id} NOT NULL,
    name           TEXT NOT NULL,
    channel        TEXT NOT NULL,
    status         TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (account_key, campaign_key),
    UNIQUE (account_key, campaign_id)
);
CREATE INDEX campaigns_application ON campaigns (account_key, application_id);

CREATE TABLE campaign_contact_lists (
    account_key  BIGINT NOT NULL,
    campaign_key BIGINT NOT NULL,
    list_key     BIGINT NOT NULL,
    PRIMARY KEY (account_key, campaign_key, list_key)
);
CREATE INDEX campaign_contact_lists_list ON campaign_contact_lists (account_key, list_key);

CREATE TABLE purges ( -- deleted lists whose contacts are still to be removed
    account_key BIGINT NOT NULL,
    list_key    BIGINT NOT NULL,
    PRIMARY KEY (account_key, list_key)
);
