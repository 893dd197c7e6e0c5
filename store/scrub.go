package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall"
	"rollcall/phone"
)

// ScrubLease is how long a scrub counts as under way after its last sign of life.
// Past it, another process does it anew.
const ScrubLease = 30 * time.Second

// scrubChunk is how many numbers of the shorter of two lists are held against the
// other at once: a second or so.
const scrubChunk = 100_000

// Scrubbing is a scrub under way: the contacts of a campaign's lists are held against
// the DNC lists that bind it, as a set operation in the database, a part at a time.
type Scrubbing struct {
	owner      rollcall.Owner
	campaignID string
	key        int64
	worker     string
	at         time.Time // entries count as they stand then
	scrub      rollcall.Scrub
	lists      []*listRow // of people
	dnc        []*listRow // that bind the campaign, its own first
	parts      []scrubPart
	next       int
	counts     map[scrubKey]int64
	claimed    bool
	ranked     bool // the contacts are ranked, where the campaign goes by priority
	store      *Store
	each       func(key scrubKey, zone sql.NullString, number phone.Number) // given each blocked contact; nil: they are but counted
}

// Campaign is the id of the campaign.
func (job *Scrubbing) Campaign() string { return job.campaignID }

// Step does the next part of the scrub; see [Store.StepScrub].
func (job *Scrubbing) Step(ctx context.Context, now time.Time) (more bool, err error) {
	return job.store.StepScrub(ctx, job, now)
}

type scrubKey struct {
	list   int // the place in dnc
	prefix bool
}

// scrubPart is the contacts of a list whose numbers stand in a DNC list, or in a
// stretch of numbers that prefixes take.
type scrubPart struct {
	list   *listRow
	dnc    int
	prefix bool
	from   int64 // whole numbers above this; of a prefix, from this
	to     int64 // of a prefix: up to this
}

// ClaimScrub gives a scrub that waits, or whose process died, nil where there is
// none.
func (s *Store) ClaimScrub(ctx context.Context, worker string, now time.Time) (*Scrubbing, error) {
	job := &Scrubbing{store: s, worker: worker, at: now, counts: map[scrubKey]int64{}}
	err := s.write(ctx, func(t *tx) error {
		var account int64
		err := t.QueryRowContext(ctx, `SELECT account_key, application_id, campaign_key, campaign_id FROM campaigns WHERE scrub_state <> '' AND (scrub_state = 'queued' OR scrub_lease < $1)
			ORDER BY account_key, campaign_key LIMIT 1`+s.dialect.skipLocked, millis(now)).Scan(&account, &job.owner.ApplicationID, &job.key, &job.campaignID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		job.owner.AccountKey, job.claimed = account, true
		job.scrub = rollcall.Scrub{State: rollcall.ScrubRunning, StartedAt: now}
		return s.saveScrub(ctx, t, job, now)
	})
	if err != nil || !job.claimed {
		return nil, err
	}
	return job, nil
}

// saveScrub keeps how far a scrub is.
func (s *Store) saveScrub(ctx context.Context, t *tx, job *Scrubbing, now time.Time) error {
	_, err := t.ExecContext(ctx, "UPDATE campaigns SET scrub = $3, scrub_state = 'running', scrub_worker = $4, scrub_lease = $5 WHERE account_key = $1 AND campaign_key = $2",
		job.owner.AccountKey, job.key, toJSON(job.scrub), job.worker, millis(now.Add(ScrubLease)))
	return err
}

// StepScrub does the next part of a scrub, and tells whether more is left. The last
// step writes the result, and makes a campaign that was being prepared Ready. Where
// the campaign was changed meanwhile, or is gone, the scrub ends without a word: the
// change has asked for another one.
func (s *Store) StepScrub(ctx context.Context, job *Scrubbing, now time.Time) (more bool, err error) {
	if !job.ranked {
		if more, err := s.rankForScrub(ctx, job, now); err != nil || more {
			return more, err
		}
	}
	if job.parts == nil {
		if err := s.read(ctx, func(t *sql.Tx) error { return s.planScrub(ctx, t, job) }); err != nil {
			return false, err
		}
	}
	if job.next < len(job.parts) {
		if err := s.read(ctx, func(t *sql.Tx) error { return s.scrubPart(ctx, t, job) }); err != nil {
			return false, err
		}
	}
	job.progress()
	more = job.next < len(job.parts)
	mine := false
	err = s.write(ctx, func(t *tx) (err error) {
		if mine, err = s.lockScrub(ctx, t, job); err != nil || !mine {
			return err
		}
		if more {
			return s.saveScrub(ctx, t, job, now)
		}
		return s.endScrub(ctx, t, job, now)
	})
	return more && mine, err
}

// lockScrub tells whether a scrub is still this job's.
func (s *Store) lockScrub(ctx context.Context, t *tx, job *Scrubbing) (mine bool, err error) {
	var state, worker string
	err = t.QueryRowContext(ctx, "SELECT scrub_state, scrub_worker FROM campaigns WHERE account_key = $1 AND campaign_key = $2"+s.dialect.forUpdate, job.owner.AccountKey, job.key).Scan(&state, &worker)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return state == string(rollcall.ScrubRunning) && worker == job.worker, err
}

// rankForScrub ranks the next contacts of a campaign that goes by priority, so that its
// run need not, and tells whether there are more.
func (s *Store) rankForScrub(ctx context.Context, job *Scrubbing, now time.Time) (more bool, err error) {
	// The campaign is not locked meanwhile: claims lock a ranking first.
	err = s.write(ctx, func(t *tx) error {
		c, err := loadRunCampaign(ctx, t, job.owner.AccountKey, "campaign_key = $2", job.key)
		if rollcall.CodeOf(err) == rollcall.CodeNotFound {
			return nil
		}
		if err != nil || c.Plan.Order != rollcall.OrderPriority {
			return err
		}
		if err := c.loadLists(ctx, t); err != nil {
			return err
		}
		for _, l := range c.lists {
			r, err := s.rankOn(ctx, t, job.owner.AccountKey, l.content, l.lastSeq, true)
			if more = r.work; err != nil || more {
				return err
			}
		}
		return nil
	})
	if err != nil || !more {
		job.ranked = err == nil
		return false, err
	}
	mine := false
	err = s.write(ctx, func(t *tx) (err error) {
		if mine, err = s.lockScrub(ctx, t, job); err != nil || !mine {
			return err
		}
		return s.saveScrub(ctx, t, job, now)
	})
	job.ranked = !mine // then the rest finds that out
	return mine, err
}

// endScrub writes the result.
func (s *Store) endScrub(ctx context.Context, t *tx, job *Scrubbing, now time.Time) error {
	c, err := loadCampaign(ctx, t, job.owner, job.campaignID, "")
	if err != nil {
		return err
	}
	c.Scrub = job.scrub
	c.Scrub.State, c.Scrub.EndedAt, c.Scrub.Done = rollcall.ScrubDone, now, c.Scrub.Total
	if err := c.Step(rollcall.StepScrubbed); err != nil {
		return err
	}
	if err := saveCampaign(ctx, t, c); err != nil {
		return err
	}
	bumpVersion(t, job.owner)
	return nil
}

// progress reckons how far the scrub is, and what it found so far.
func (job *Scrubbing) progress() {
	total := int64(0)
	for _, l := range job.lists {
		total += l.TotalRecordCount
	}
	job.scrub.Total, job.scrub.Blocked, job.scrub.ByReason = total, 0, nil
	if len(job.parts) > 0 {
		job.scrub.Done = total * int64(job.next) / int64(len(job.parts))
	}
	for i, l := range job.dnc {
		for _, prefix := range []bool{false, true} {
			if n := job.counts[scrubKey{i, prefix}]; n > 0 {
				job.scrub.Blocked += n
				job.scrub.ByReason = append(job.scrub.ByReason, rollcall.ScrubCount{ListID: l.ID, ListName: l.Name, Global: l.GlobalDNC, Prefix: prefix, Contacts: n})
			}
		}
	}
}

// planScrub finds the lists, and cuts the work into parts.
func (s *Store) planScrub(ctx context.Context, t *sql.Tx, job *Scrubbing) error {
	c, err := loadCampaign(ctx, t, job.owner, job.campaignID, "")
	if err != nil {
		return err
	}
	job.parts, job.lists = []scrubPart{}, nil
	for _, named := range c.ContactLists {
		l, err := loadList(ctx, t, job.owner, " AND list_key = $3", named.Key, "The list was deleted.")
		if err != nil {
			return err
		}
		job.lists = append(job.lists, l)
	}
	if job.dnc, err = s.bindingDNC(ctx, t, job.owner, c.DNCList.Key); err != nil {
		return err
	}
	for _, l := range job.lists {
		for i, d := range job.dnc {
			if d.TotalRecordCount > 0 && l.TotalRecordCount > 0 {
				job.parts = append(job.parts, scrubPart{list: l, dnc: i})
			}
		}
		stretches, err := s.prefixStretches(ctx, t, job)
		if err != nil {
			return err
		}
		for _, p := range stretches {
			p.list = l
			job.parts = append(job.parts, p)
		}
	}
	return nil
}

// bindingDNC gives the DNC lists that bind a campaign which names one of them, or
// none: that one first, then the account's global ones.
func (s *Store) bindingDNC(ctx context.Context, q queryer, owner rollcall.Owner, named int64) ([]*listRow, error) {
	lists, err := s.dncLists(ctx, q, owner)
	lists = slices.DeleteFunc(lists, func(l *listRow) bool { return l.Key != named && !l.GlobalDNC })
	slices.SortStableFunc(lists, func(a, b *listRow) int {
		if (a.Key == named) != (b.Key == named) {
			if a.Key == named {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Key, b.Key)
	})
	return lists, err
}

// scrubPart does the part that is next. Of whole numbers it goes through the shorter
// list by number, a chunk at a time, and looks each up in the longer one.
func (s *Store) scrubPart(ctx context.Context, t *sql.Tx, job *Scrubbing) error {
	p := &job.parts[job.next]
	key := scrubKey{p.dnc, p.prefix}
	if p.prefix {
		n, err := s.countStretch(ctx, t, job, p)
		job.counts[key] += n
		job.next++
		return err
	}
	d := job.dnc[p.dnc]
	driver := d
	if p.list.TotalRecordCount < d.TotalRecordCount {
		driver = p.list
	}
	var last sql.NullInt64
	err := t.QueryRowContext(ctx, "SELECT phone FROM "+s.dialect.numbered+" WHERE account_key = $1 AND list_key = $2 AND phone > $3 AND copy = 0 ORDER BY phone LIMIT 1 OFFSET $4",
		job.owner.AccountKey, driver.contentKey, p.from, scrubChunk-1).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	to := last.Int64
	if !last.Valid {
		to = int64(longestNumber)
	}
	n, err := s.countCommon(ctx, t, job, p, driver == d, to)
	if err != nil {
		return err
	}
	job.counts[key] += n
	if p.from = to; !last.Valid {
		job.next++
	}
	return nil
}

// longestNumber is above every phone number.
const longestNumber = phone.Number(1e15)

// countCommon counts the contacts of a list whose numbers, above from and up to to,
// an entry of a DNC list blocks, and none of an earlier one does.
func (s *Store) countCommon(ctx context.Context, t *sql.Tx, job *Scrubbing, p *scrubPart, byEntry bool, to int64) (n int64, err error) {
	if prepare := s.dialect.scrubPrepare; prepare != "" {
		if _, err := t.ExecContext(ctx, prepare); err != nil {
			return 0, err
		}
	}
	from := s.dialect.numbered + " d CROSS JOIN " + s.dialect.numbered + " c"
	if !byEntry {
		from = s.dialect.numbered + " c CROSS JOIN " + s.dialect.numbered + " d"
	}
	args := []any{job.owner.AccountKey, p.list.contentKey, job.dnc[p.dnc].contentKey, p.from, to, millis(job.at)}
	// The stretch is told of both lists: PostgreSQL would read all of the longer one for
	// each part of the shorter.
	where := ` WHERE c.account_key = $1 AND c.list_key = $2 AND d.account_key = $1 AND d.list_key = $3 AND d.copy = 0
		AND c.phone > $4 AND c.phone <= $5 AND d.phone > $4 AND d.phone <= $5 AND c.phone = d.phone`
	ended, err := someEnded(ctx, t, job, p.dnc)
	if err != nil {
		return 0, err
	}
	if ended {
		// The end of an entry stands in the table, not in the index: it is looked at
		// only where there is a need to, and the numbers are the same.
		where += " AND EXISTS (SELECT 1 FROM contacts x WHERE x.account_key = d.account_key AND x.list_key = d.list_key AND x.seq = d.seq AND c.phone = d.phone AND (x.expires_at IS NULL OR x.expires_at > $6))"
	} else {
		where += " AND CAST($6 AS BIGINT) IS NOT NULL" // each argument must stand in the text
	}
	earlier, args := s.dialect.notIn(job.dnc[:p.dnc], "$6", args)
	return job.count(ctx, t, s.dialect, scrubKey{p.dnc, false}, from+where+earlier, args)
}

// someEnded tells whether a DNC list holds entries that have ended.
func someEnded(ctx context.Context, t *sql.Tx, job *Scrubbing, dnc int) (ended bool, err error) {
	err = t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM contacts WHERE account_key = $1 AND list_key = $2 AND expires_at <= $3)",
		job.owner.AccountKey, job.dnc[dnc].contentKey, millis(job.at)).Scan(&ended)
	return ended, err
}

// count counts contacts c. Where somebody wants each of them, they are gone through
// instead.
func (job *Scrubbing) count(ctx context.Context, t *sql.Tx, d *dialect, key scrubKey, from string, args []any) (n int64, err error) {
	if job.each == nil {
		err = t.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+from, args...).Scan(&n)
		return n, err
	}
	rows, err := t.QueryContext(ctx, "SELECT "+d.zoneOf+", c.phone FROM "+from, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var zone sql.NullString
	var number phone.Number
	for ; rows.Next(); n++ {
		if err := rows.Scan(&zone, &number); err != nil {
			return n, err
		}
		job.each(key, zone, number)
	}
	return n, rows.Err()
}

// notIn leaves out contacts c whose whole number an entry of one of some lists blocks
// at a time, which is an argument already.
func (d *dialect) notIn(lists []*listRow, at string, args []any) (string, []any) {
	var where strings.Builder
	for _, l := range lists {
		args = append(args, l.contentKey)
		fmt.Fprintf(&where, ` AND NOT EXISTS (SELECT 1 FROM %s e WHERE e.account_key = $1 AND e.list_key = $%d AND e.phone = c.phone AND e.copy = 0
			AND (e.expires_at IS NULL OR e.expires_at > %s))`, d.byNumber, len(args), at)
	}
	return where.String(), args
}

// countStretch counts the contacts of a list whose numbers are in a stretch that a
// prefix takes, and that no entry of a whole number blocks.
func (s *Store) countStretch(ctx context.Context, t *sql.Tx, job *Scrubbing, p *scrubPart) (n int64, err error) {
	args := []any{job.owner.AccountKey, p.list.contentKey, p.from, p.to, millis(job.at)}
	whole, args := s.dialect.notIn(job.dnc, "$5", args)
	return job.count(ctx, t, s.dialect, scrubKey{p.dnc, true}, s.dialect.numbered+" c WHERE c.account_key = $1 AND c.list_key = $2 AND c.phone BETWEEN $3 AND $4"+whole, args)
}
