package rollcall_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rollcall"
)

func TestImportCounts_EveryRowHasOneOutcome(t *testing.T) {
	whole := rollcall.ImportCounts{Rows: 21, Added: 1, Updated: 2, Unchanged: 3, Duplicate: 4, Rejected: 5, Blocked: 6}
	if err := whole.Check(); err != nil {
		t.Error(err)
	}
	for i := range 7 {
		broken := whole
		*[]*int64{&broken.Rows, &broken.Added, &broken.Updated, &broken.Unchanged, &broken.Duplicate, &broken.Rejected, &broken.Blocked}[i]++
		if rollcall.CodeOf(broken.Check()) != rollcall.CodeInternal {
			t.Errorf("%+v must not pass", broken)
		}
	}
	if sum := whole.Add(whole); sum.Check() != nil || sum.Rows != 42 || sum.Blocked != 12 {
		t.Errorf("%+v", sum)
	}
}

func TestImportCounts_OnDNCIsBesideTheOutcomes(t *testing.T) {
	c := rollcall.ImportCounts{Rows: 2, Added: 2, OnDNC: 2}
	if sum := c.Add(c); sum.Check() != nil || sum.OnDNC != 4 {
		t.Errorf("%+v", sum)
	}
}

// An import is not gone on with under another DNC rule: its counts would be of some
// rows only.
func TestImportRules_OptionsKey_TellsDNCRules(t *testing.T) {
	key := func(d rollcall.DNCRule) string {
		return rollcall.ImportRules{}.OptionsKey(rollcall.ImportOptions{DNC: d})
	}
	if key("") != key(rollcall.DNCKeep) || key("") == key(rollcall.DNCCount) || key("") == key(rollcall.DNCDrop) || key(rollcall.DNCCount) == key(rollcall.DNCDrop) {
		t.Error(key(""), key(rollcall.DNCKeep), key(rollcall.DNCCount), key(rollcall.DNCDrop))
	}
}

func TestImportOptions_Validate_NamesTheDNCRules(t *testing.T) {
	o := rollcall.ImportOptions{DNC: "counted"}
	want := `The dnc must be one of "keep", "count", "drop".`
	if all := rollcall.Errors(o.Validate()); len(all) != 1 || all[0].Message != want || all[0].Field != "dnc" {
		t.Errorf("%v", all)
	}
	for _, d := range []rollcall.DNCRule{"", rollcall.DNCKeep, rollcall.DNCCount, rollcall.DNCDrop} {
		if o.DNC = d; o.Validate() != nil {
			t.Errorf("%q: %v", d, o.Validate())
		}
	}
}

func TestImport_EndsOnce(t *testing.T) {
	im := &rollcall.Import{State: rollcall.ImportRunning, LeaseUntil: now.Add(time.Second)}
	if !im.Alive(now) || im.Alive(now.Add(time.Second)) {
		t.Error("alive until the lease runs out")
	}
	if err := im.End(&rollcall.Failure{Code: rollcall.FailureInternal, Message: "The disk is full."}, now); err != nil || im.State != rollcall.ImportFailed || !im.EndedAt.Equal(now) {
		t.Errorf("%v %+v", err, im)
	}
	if err := im.End(nil, now); rollcall.CodeOf(err) != rollcall.CodeConflict || im.State != rollcall.ImportFailed {
		t.Errorf("a second end: %v", err)
	}
	lying := &rollcall.Import{State: rollcall.ImportRunning, Counts: rollcall.ImportCounts{Rows: 2, Added: 1}}
	if err := lying.End(nil, now); err == nil || lying.State != rollcall.ImportRunning {
		t.Errorf("counts that do not add up must not be called done: %v", err)
	}
}

func TestContactID_RoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		space, seq := rapid.Int64Range(0, 1<<60-1).Draw(r, "space"), rapid.Int64Range(1, 1<<62-1).Draw(r, "seq")
		id := rollcall.ContactID(space, seq)
		gotSpace, gotSeq, ok := rollcall.ParseContactID(id)
		if !ok || gotSpace != space || gotSeq != seq || len(id) != 39 || id[17] != '8' {
			r.Fatalf("%s: %d %d %v", id, gotSpace, gotSeq, ok)
		}
	})
	for range 1000 {
		if s := rollcall.NewContactSpace(); s < 0 || s >= 1<<60 {
			t.Fatalf("a space of more than 60 bits: %d", s)
		}
	}
	good := rollcall.ContactID(1, 1)
	for _, id := range []string{"", "cc-", "cl" + good[2:], good + "0", good[:len(good)-1], rollcall.NewID(rollcall.PrefixContact), "cc-" + fmt.Sprintf("%036d", 0)} {
		if _, _, ok := rollcall.ParseContactID(id); ok {
			t.Errorf("%q is no id of a contact", id)
		}
	}
}

func TestErrors_GathersAllInOrder(t *testing.T) {
	a, b := rollcall.Invalid("a", "A."), rollcall.NotFound("B.")
	err := fmt.Errorf("outer: %w", errors.Join(a, errors.New("other"), errors.Join(b)))
	all := rollcall.Errors(err)
	if len(all) != 2 || all[0] != a || all[1] != b || rollcall.CodeOf(err) != rollcall.CodeInvalid {
		t.Errorf("%v", all)
	}
	if rollcall.CodeOf(errors.New("other")) != rollcall.CodeInternal || rollcall.Errors(nil) != nil {
		t.Error("an unknown error is internal, and nil has none")
	}
}
