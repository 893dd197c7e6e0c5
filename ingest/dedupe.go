package ingest

import (
	"context"

	"rollcall"
)

// drySink counts blocks instead of committing them. Which rows are duplicates is
// settled by the store in both cases, by the same rule: a second rule here, about
// numbers that were seen, would sooner or later say something else.
//
// The rejects of a dry run are in no database; they go to the ledger as they come.
type drySink struct {
	run    rollcall.DryRun
	ledger *ledger
}

func (s *drySink) take(ctx context.Context, b *rollcall.Block) (rollcall.ImportCounts, error) {
	counts, err := s.run.CountBlock(ctx, b)
	if err != nil {
		return counts, err
	}
	return counts, s.ledger.write(b.Rejects)
}
