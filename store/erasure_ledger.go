package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"rollcall"
)

// ledgers takes the own ids of contacts out of the ledgers of the imports into their
// lists, and the samples out of what is known of those files, a block in a step.
func (e *erasing) ledgers(ctx context.Context, traces []trace) error {
	byList := map[int64]*ledgerSearch{}
	for _, f := range traces {
		search := byList[f.list]
		if search == nil {
			search = &ledgerSearch{seqs: map[int64]bool{}, ids: map[string]bool{}}
			byList[f.list] = search
		}
		search.seqs[f.contact.Seq] = true
		if id := f.contact.UniqueID.Value; id != "" {
			search.ids[id] = true
		}
	}
	for list, search := range byList {
		imports, err := all(ctx, e.s.reader, scanKey, "SELECT import_key FROM imports WHERE account_key = $1 AND list_key = $2 ORDER BY import_key", e.owner.AccountKey, list)
		if err != nil {
			return err
		}
		for _, key := range imports {
			if err := e.ledger(ctx, importRef{e.owner.AccountKey, key}, search); err != nil {
				return err
			}
		}
	}
	return nil
}

// ledgerSearch is what to look for in a ledger.
type ledgerSearch struct {
	seqs map[int64]bool
	ids  map[string]bool
}

// concerns tells whether a row of a block is about the person.
func (f *ledgerSearch) concerns(b seqRange, i int, r *ledgerRow) bool {
	switch {
	case f.ids[r.uniqueID]:
		return true
	case r.outcome == rollcall.OutcomeAdded:
		return f.seqs[b.firstSeq+int64(i)]
	case r.outcome == rollcall.OutcomeDuplicate:
		return r.space == 0 && f.seqs[r.dup]
	}
	return r.seq != 0 && f.seqs[r.seq]
}

// blank takes the own ids out of the rows about the person, and tells whether there
// were rows about the person, and whether any changed.
func (f *ledgerSearch) blank(b seqRange, rows []ledgerRow) (found, changed bool) {
	for i := range rows {
		if f.concerns(b, i, &rows[i]) {
			found = true
			changed = changed || rows[i].uniqueID != ""
			rows[i].uniqueID = ""
		}
	}
	return found, changed
}

// ledger goes through the ledger of one import. Blocks are written once, so that they
// are read without a lock first.
func (e *erasing) ledger(ctx context.Context, ref importRef, search *ledgerSearch) error {
	ranges, err := ledgerRanges(ctx, e.s.reader, ref)
	if err != nil {
		return err
	}
	concerned := false
	for _, b := range ranges {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, body, err := readBlock(ctx, e.s.reader, ref, b.firstRow)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // the import begins anew
		}
		if err != nil {
			return err
		}
		rows, err := readLedger(body, b.rows)
		if err != nil {
			return err
		}
		found, changed := search.blank(b, rows)
		concerned = concerned || found
		if !changed {
			continue
		}
		if err := e.step(ctx, func(ctx context.Context, t *tx) error { return e.rewriteBlock(ctx, t, ref, b, search) }); err != nil {
			return err
		}
	}
	if !concerned {
		return nil
	}
	return e.step(ctx, func(ctx context.Context, t *tx) error { return e.forgetSamples(ctx, t, ref) })
}

// rewriteBlock writes a block anew without the own ids. Two erasures may be at it.
func (e *erasing) rewriteBlock(ctx context.Context, t *tx, ref importRef, b seqRange, search *ledgerSearch) error {
	var body []byte
	err := t.QueryRowContext(ctx, "SELECT body FROM import_ledger WHERE account_key = $1 AND import_key = $2 AND first_row = $3"+e.s.dialect.forUpdate, ref.account, ref.key, b.firstRow).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := readLedger(body, b.rows)
	if err != nil {
		return err
	}
	search.blank(b, rows)
	w := newLedgerWriter(len(rows))
	for i := range rows {
		w.add(&rows[i])
	}
	if body, err = w.body(); err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, "UPDATE import_ledger SET body = $4 WHERE account_key = $1 AND import_key = $2 AND first_row = $3", ref.account, ref.key, b.firstRow, body)
	return err
}

// carryErased takes over into an import that is about to be saved what an erasure may
// have changed of it since its process read it. current is the import as it was locked.
func carryErased(next, current *rollcall.Import) {
	next.Answer, next.Erased, next.ErasedBefore = current.Answer, current.Erased, current.ErasedBefore
}

// forgetSamples takes the samples of cells, which may be the person's, out of how a file
// was understood.
func (e *erasing) forgetSamples(ctx context.Context, t *tx, ref importRef) error {
	var answer string
	err := t.QueryRowContext(ctx, "SELECT answer FROM imports WHERE account_key = $1 AND import_key = $2"+e.s.dialect.forUpdate, ref.account, ref.key).Scan(&answer)
	if errors.Is(err, sql.ErrNoRows) || err == nil && answer == "" {
		return nil
	}
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(strings.NewReader(answer))
	decoder.UseNumber()
	var whole any
	if err := decoder.Decode(&whole); err != nil {
		return err
	}
	dropSamples(whole)
	_, err = t.ExecContext(ctx, "UPDATE imports SET answer = $3 WHERE account_key = $1 AND import_key = $2", ref.account, ref.key, toJSON(whole))
	return err
}

// dropSamples removes the member Samples wherever it stands; see ingest.Answer.
func dropSamples(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "Samples")
		for _, member := range v {
			dropSamples(member)
		}
	case []any:
		for _, element := range v {
			dropSamples(element)
		}
	}
}
