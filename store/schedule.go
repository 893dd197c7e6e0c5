package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rollcall"
)

// ScheduleCampaign changes the schedule of a campaign under a rule, and gives the
// campaign without the names of what it names. It is found by its name,
// whatever its case, or by its id where one is given, among those of a channel, or
// of both. A name that several campaigns have is a conflict.
func (s *Store) ScheduleCampaign(ctx context.Context, owner rollcall.Owner, name, id string, channel rollcall.Channel, rule func(*rollcall.Campaign) error) (*rollcall.Campaign, error) {
	if id == "" {
		ids, err := all(ctx, s.reader, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) },
			"SELECT campaign_id FROM campaigns WHERE account_key = $1 AND application_id = $2 AND channel IN ($3, $4) AND name_key = $5 ORDER BY campaign_key LIMIT 2",
			owner.AccountKey, owner.ApplicationID, string(cmp.Or(channel, rollcall.ChannelVoice)), string(cmp.Or(channel, rollcall.ChannelSMS)), rollcall.NameKey(name))
		switch {
		case err != nil:
			return nil, err
		case len(ids) == 0:
			return nil, rollcall.NotFound("There is no campaign named " + name + ".")
		case len(ids) > 1:
			return nil, rollcall.Conflict(rollcall.ReasonInvalidState, fmt.Sprintf("Several campaigns are named %s, among them %s and %s; say which by campaignId.", name, ids[0], ids[1]))
		}
		id = ids[0]
	}
	var c *runCampaign
	err := s.write(ctx, func(t *tx) (err error) {
		// Nothing is named anew, so that no list is looked up, or locked.
		if c, err = campaignByID(ctx, t, owner, id, s.dialect.forUpdate); err != nil {
			return err
		}
		if err := rule(&c.Campaign); err != nil {
			return err
		}
		if err := saveCampaign(ctx, t, &c.Campaign); err != nil {
			return err
		}
		bumpVersion(t, owner)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &c.Campaign, nil
}

// ScheduledStart is what became of a start, for the log.
type ScheduledStart struct {
	Campaign string // its id
	Name     string
	rollcall.PastStart
}

// scheduled names a campaign whose schedule asks for something.
type scheduled struct {
	owner rollcall.Owner
	id    string
}

// schedulesAtOnce bounds what one call of FollowSchedules does.
const schedulesAtOnce = 100

// FollowSchedules does what schedules ask for by now: it starts and stops runs and
// asks for scrubs. Each start is made once, however many processes call it: it is
// noted in the transaction that makes the run. It tells what became of starts.
func (s *Store) FollowSchedules(ctx context.Context, now time.Time) (starts []ScheduledStart, err error) {
	due, err := all(ctx, s.reader, func(r *sql.Rows) (v scheduled, err error) {
		return v, r.Scan(&v.owner.AccountKey, &v.owner.ApplicationID, &v.id)
	}, "SELECT account_key, application_id, campaign_id FROM campaigns WHERE schedule_due <= $1 ORDER BY schedule_due LIMIT $2", millis(now), schedulesAtOnce)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, v := range due {
		// One that fails does not keep the others from starting.
		done, err := s.followSchedule(ctx, v, now)
		if err != nil {
			err = errors.Join(err, s.followLater(ctx, v, now))
		}
		starts, errs = append(starts, done...), append(errs, err)
	}
	return starts, errors.Join(errs...)
}

// followPatience bounds the work on one schedule: whoever holds a list for long keeps
// no other campaign from starting.
const followPatience = 5 * time.Second

// followLater puts a schedule off that could not be followed, so that it does not
// stand before the others for ever.
func (s *Store) followLater(ctx context.Context, v scheduled, now time.Time) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.ExecContext(ctx, "UPDATE campaigns SET schedule_due = $4 WHERE account_key = $1 AND application_id = $2 AND campaign_id = $3 AND schedule_due <= $5",
			v.owner.AccountKey, v.owner.ApplicationID, v.id, millis(now.Add(followPatience)), millis(now))
		return err
	})
}

// errNotDue says that another process has done it.
var errNotDue = errors.New("the schedule asks for nothing any more")

// followSchedule takes at most two transactions: what runs is stopped by a first one,
// since a run is locked before its campaign, and a new one is made by a second. In
// between the start is still due.
func (s *Store) followSchedule(ctx context.Context, v scheduled, now time.Time) ([]ScheduledStart, error) {
	ctx, cancel := context.WithTimeout(ctx, followPatience)
	defer cancel()
	if err := s.stopForSchedule(ctx, v, now); err != nil {
		return nil, ignoreNotFound(err)
	}
	var c *runCampaign
	follow := func(refused error) error {
		return s.write(ctx, func(t *tx) error {
			var key int64
			var err error
			if refused == nil {
				if key, err = nextKey(ctx, t, v.owner.AccountKey); err != nil {
					return err
				}
			}
			if c, err = campaignByID(ctx, t, v.owner, v.id, s.dialect.forUpdate); err != nil {
				return err
			}
			if due := c.Schedule.Due(); due.IsZero() || now.Before(due) {
				return errNotDue
			}
			act, err := c.FollowSchedule(now)
			if err != nil {
				return err
			}
			told := c.Schedule.Waiting
			if act == rollcall.ActStart {
				if refused != nil {
					c.Schedule.Refused(refused.Error(), now)
				} else if err := s.startBySchedule(ctx, t, c, key, now); err != nil {
					return err
				}
			}
			if err := saveCampaign(ctx, t, &c.Campaign); err != nil || refused != nil && told == c.Schedule.Waiting {
				return err // what waits goes on waiting: no answer is stale
			}
			bumpVersion(t, v.owner)
			return nil
		})
	}
	err := follow(nil)
	if rollcall.CodeOf(err) == rollcall.CodeConflict {
		err = follow(err) // a refusal is kept; what was written with it is not
	}
	if errors.Is(err, errNotDue) || rollcall.CodeOf(err) == rollcall.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return notedAt(&c.Campaign, now), nil
}

// startBySchedule makes the run of a start.
func (s *Store) startBySchedule(ctx context.Context, t *tx, c *runCampaign, key int64, now time.Time) error {
	if err := c.MayStart(); err != nil {
		return err
	}
	if err := s.beginRun(ctx, t, c, key, c.Schedule.By, now); err != nil {
		return err
	}
	c.Schedule.Started(c.Run, now)
	return nil
}

// stopForSchedule stops the run that goes on where another one is to start, or the
// schedule is over.
func (s *Store) stopForSchedule(ctx context.Context, v scheduled, now time.Time) error {
	err := s.write(ctx, func(t *tx) error {
		_, err := s.stepRun(ctx, t, v.owner, v.id, rollcall.StepStop, now, func(c *rollcall.Campaign) error {
			look := *c // the real one is changed by the transaction after
			act, err := look.FollowSchedule(now)
			if err != nil {
				return err
			}
			if act == rollcall.ActStart && c.Status == rollcall.CampaignActive || act == rollcall.ActEnd {
				return nil
			}
			return errNotDue
		})
		if err != nil {
			return err
		}
		bumpVersion(t, v.owner)
		return nil
	})
	if errors.Is(err, errNotDue) {
		return nil
	}
	return err
}

// notedAt are the starts that were noted at a moment.
func notedAt(c *rollcall.Campaign, now time.Time) (starts []ScheduledStart) {
	for _, p := range c.Schedule.Past {
		if p.Noted.Equal(now) {
			starts = append(starts, ScheduledStart{c.ID, c.Name, p})
		}
	}
	return starts
}
