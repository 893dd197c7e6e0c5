package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"zombiezen.com/go/sqlite"

	"rollcall/phone"
)

// zoneWindow is how many sequence numbers a reader goes through before it asks for
// more work. It is some milliseconds.
const zoneWindow = 50_000

const sqliteZones = "SELECT phone, time_zone FROM contacts WHERE account_key = $1 AND list_key = $2 AND seq > $3 AND seq <= $4"

// zoneWork is windows of sequence numbers of some lists, which readers share.
type zoneWork struct {
	lists  []*listRow
	starts []int64 // the number of each list's first window
	total  int64
	taken  atomic.Int64
}

func newZoneWork(lists []*listRow) *zoneWork {
	w := &zoneWork{lists: lists}
	for _, l := range lists {
		w.starts = append(w.starts, w.total)
		w.total += l.lastSeq/zoneWindow + 1
	}
	return w
}

// next gives the next window, its first end excluded; nil: there is none.
func (w *zoneWork) next() (l *listRow, after, upTo int64) {
	n := w.taken.Add(1) - 1
	if n >= w.total {
		return nil, 0, 0
	}
	i := len(w.lists) - 1
	for w.starts[i] > n {
		i--
	}
	after = (n - w.starts[i]) * zoneWindow
	upTo = after + zoneWindow
	if upTo > w.lists[i].lastSeq {
		upTo = math.MaxInt64
	}
	return w.lists[i], after, upTo
}

// tallySQLite goes through all contacts with as many readers as there are twins.
// Grouped by the engine, which sorts them, a contact costs ten times a bare count;
// read in place, between two and three, and half of that with two readers.
func tallySQLite(ctx context.Context, _ *sql.Tx, twins []*sql.Conn, lists []*listRow, counts *zoneTally) error {
	work := newZoneWork(lists)
	tallies := make([]*zoneTally, len(twins))
	group, ctx := errgroup.WithContext(ctx)
	for i, conn := range twins {
		tallies[i] = newZoneTally(counts.plan, counts.at)
		group.Go(func() error {
			return conn.Raw(func(driver any) error { return driver.(*sqliteConn).tally(ctx, work, tallies[i]) })
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, t := range tallies {
		counts.join(t)
	}
	return nil
}

// tally counts the contacts of windows until there are no more.
func (c *sqliteConn) tally(ctx context.Context, work *zoneWork, counts *zoneTally) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer c.watch(ctx)()
	s, err := c.take(sqliteZones)
	if err != nil {
		return because(ctx, err)
	}
	defer c.give(s)
	for l, after, upTo := work.next(); l != nil; l, after, upTo = work.next() {
		s.native.BindInt64(1, l.Owner.AccountKey)
		s.native.BindInt64(2, l.contentKey)
		s.native.BindInt64(3, after)
		s.native.BindInt64(4, upTo)
		if err := tallyRows(s.native, counts); err != nil {
			return because(ctx, err)
		}
	}
	return nil
}

// tallyRows counts the rows of a statement. It makes no text of a zone that it knows,
// and looks at the number only where there is no such zone.
func tallyRows(s *sqlite.Stmt, counts *zoneTally) error {
	var zone [64]byte // the longest name of the tz database has 32
	for {
		more, err := s.Step()
		if err != nil || !more {
			return errors.Join(err, s.Reset())
		}
		n := s.ColumnBytes(1, zone[:])
		at, known := strange, n == 0
		if !known {
			at, known = counts.own[string(zone[:n])] // no name that is known is cut off
		}
		if !known {
			at = counts.ofOwn(s.ColumnText(1))
		}
		if at == strange {
			at = counts.ofPhone(phone.Number(s.ColumnInt64(0)))
		}
		counts.counts[at]++
	}
}

// twinTries is how often two readers try to see the same.
const twinTries = 10

// readTwins runs fn on one snapshot, and on SQLite gives it the connections that see
// it, t's own the first: two, or one where no other reader is free or others write
// without a gap.
func (s *Store) readTwins(ctx context.Context, fn func(t *sql.Tx, twins []*sql.Conn) error) error {
	if s.dialect != sqliteDialect {
		return s.read(ctx, func(t *sql.Tx) error { return fn(t, nil) })
	}
	first, err := s.reader.Conn(ctx)
	if err != nil {
		return err
	}
	defer first.Close()
	second, release := s.spareReader(ctx)
	defer release()
	for try := 0; second != nil && try < twinTries; try++ {
		if same, err := readBoth(ctx, first, second, fn); same || err != nil {
			return err
		}
	}
	return readOn(ctx, first, func(t *sql.Tx) error { return fn(t, []*sql.Conn{first}) })
}

// spareReader gives a connection if a place for a scan is free; else nil.
func (s *Store) spareReader(ctx context.Context) (conn *sql.Conn, release func()) {
	select {
	case s.scans <- struct{}{}:
	default:
		return nil, func() {}
	}
	conn, err := s.reader.Conn(ctx)
	if err != nil {
		<-s.scans
		return nil, func() {}
	}
	return conn, func() {
		conn.Close()
		<-s.scans
	}
}

// readBoth runs fn where two connections see the same.
//
// SQLite has no way to give one connection's snapshot to another. But it tells a
// connection whether others have written since it last asked. The second one asks,
// then the first begins to read, then the second does, and asks again: where nobody
// has written in between, both see the same.
func readBoth(ctx context.Context, first, second *sql.Conn, fn func(*sql.Tx, []*sql.Conn) error) (same bool, err error) {
	before, err := dataVersion(ctx, second)
	if err != nil {
		return false, err
	}
	err = readOn(ctx, first, func(t *sql.Tx) error {
		if _, err := dataVersion(ctx, t); err != nil { // a snapshot begins with the first query
			return err
		}
		return readOn(ctx, second, func(other *sql.Tx) error {
			after, err := dataVersion(ctx, other)
			if same = err == nil && before == after; !same {
				return err
			}
			return fn(t, []*sql.Conn{first, second})
		})
	})
	return same, err
}

// dataVersion is a number that another one follows when another connection has
// written. It means something to one connection only.
func dataVersion(ctx context.Context, q queryer) (version int64, err error) {
	err = q.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version)
	return version, err
}

// readOn runs fn in a transaction of a connection that only reads.
func readOn(ctx context.Context, conn *sql.Conn, fn func(*sql.Tx) error) error {
	t, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer t.Rollback()
	return fn(t)
}
