package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// contactColumns are all of the table, in its order.
const contactColumns = "account_key, list_key, seq, phone, copy, phone_sent, first_name, last_name, time_zone, unique_id, contact_priority, extra, created_at, updated_at, revision"

const selectContacts = "SELECT " + contactColumns + " FROM contacts ORDER BY account_key, list_key, seq"

// loaded gives a place that holds the file, made when it is first needed.
func (b *bench) loaded(ctx context.Context, e engine) (*place, error) {
	if p := b.prepared[e]; p != nil {
		return p, nil
	}
	file, err := b.csv()
	if err != nil {
		return nil, err
	}
	p, err := b.newPlace(ctx, e)
	if err != nil {
		return nil, err
	}
	tell("filling %s", e)
	if _, err := p.importFile(ctx, file, phoneRules[0]); err != nil {
		return nil, err
	}
	b.prepared[e] = p
	return p, nil
}

// export writes the table of contacts as the reference will read it: so both
// bring the same rows into the same table, and the reference neither checks nor
// skips any.
func (p *place) export(ctx context.Context) (string, error) {
	path := filepath.Join(p.bench.dir, p.name+".csv")
	if p.engine == postgres {
		_, err := p.bench.psql(ctx, p.database, `\copy (`+selectContacts+`) TO '`+path+`' CSV`)
		return path, err
	}
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	cmd := exec.CommandContext(ctx, "sqlite3", "-csv", p.databaseFile(), selectContacts)
	cmd.Stdout = f
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("sqlite3: %w", err)
	}
	return path, f.Close()
}

// count counts the contacts.
func (p *place) count(ctx context.Context) (n int64, err error) {
	const query = "SELECT count(*) FROM contacts"
	var out string
	switch p.engine {
	case postgres:
		out, err = p.bench.psql(ctx, p.database, query)
	default:
		out, err = output(exec.CommandContext(ctx, "sqlite3", p.databaseFile(), query))
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(out, 10, 64)
}
