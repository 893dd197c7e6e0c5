package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"rollcall"
)

// BlockedBy tells for some numbers, one after the other, whether a DNC entry that
// binds a campaign blocks them: as the claim asks. It fails where asking for all of
// them at once, among which there are fewer prefixes, tells otherwise.
func (s *Store) BlockedBy(ctx context.Context, owner rollcall.Owner, id string, numbers []int64, at time.Time) (map[int64]bool, error) {
	blocked := map[int64]bool{}
	err := s.read(ctx, func(t *sql.Tx) error {
		c, err := campaignByID(ctx, t, owner, id, "")
		if err != nil {
			return err
		}
		contents, err := dncContents(ctx, t, owner.AccountKey, c.DNCList.Key)
		if err != nil {
			return err
		}
		together, err := blockedNumbers(ctx, t, s.dialect, owner.AccountKey, contents, numbers, at)
		if err != nil {
			return err
		}
		for _, n := range numbers {
			by, err := blockedNumbers(ctx, t, s.dialect, owner.AccountKey, contents, []int64{n}, at)
			if err != nil {
				return err
			}
			if by[n] != together[n] {
				return fmt.Errorf("%d is blocked by %d where it is asked for alone, by %d with %d others", n, by[n], together[n], len(numbers)-1)
			}
			_, blocked[n] = by[n]
		}
		return nil
	})
	return blocked, err
}

// Twins tells how often, of some tries, two readers were found that see the same,
// and fails where what they see differs.
func (s *Store) Twins(ctx context.Context, tries int, query string) (pairs int, err error) {
	for range tries {
		err := s.readTwins(ctx, func(t *sql.Tx, twins []*sql.Conn) error {
			var seen int64
			if err := t.QueryRowContext(ctx, query).Scan(&seen); err != nil {
				return err
			}
			for _, conn := range twins {
				var other int64
				if err := conn.QueryRowContext(ctx, query).Scan(&other); err != nil {
					return err
				}
				if other != seen {
					return fmt.Errorf("one reader sees %d, another %d", seen, other)
				}
			}
			if len(twins) == 2 {
				pairs++
			}
			return nil
		})
		if err != nil {
			return pairs, err
		}
	}
	return pairs, nil
}
