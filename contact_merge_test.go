package rollcall_test

import (
	"maps"
	"testing"

	"rollcall"
)

func given(pairs ...string) *rollcall.Contact {
	c := &rollcall.Contact{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == "extra" {
			c.Extra = pairs[i+1]
			continue
		}
		*c.Mapped(rollcall.Field(pairs[i])) = rollcall.Given(pairs[i+1])
	}
	return c
}

func TestContact_Merge(t *testing.T) {
	for name, c := range map[string]struct {
		have, row   *rollcall.Contact
		fill, zone  bool
		want        *rollcall.Contact
		wantChanged bool
	}{
		"nothing given":                   {given("firstName", "Ann"), given(), false, false, given("firstName", "Ann"), false},
		"the same":                        {given("firstName", "Ann"), given("firstName", "Ann"), false, false, given("firstName", "Ann"), false},
		"replaced":                        {given("firstName", "Ann"), given("firstName", "Bo"), false, false, given("firstName", "Bo"), true},
		"filling replaces nothing":        {given("firstName", "Ann"), given("firstName", "Bo"), true, false, given("firstName", "Ann"), false},
		"filling fills":                   {given("firstName", "Ann"), given("lastName", "Ray"), true, false, given("firstName", "Ann", "lastName", "Ray"), true},
		"a zone that follows":             {given("timeZone", "Europe/Rome"), given("timeZone", "Europe/Oslo"), false, true, given("timeZone", "Europe/Rome"), false},
		"a zone that follows, where none": {given(), given("timeZone", "Europe/Oslo"), false, true, given("timeZone", "Europe/Oslo"), true},
		"a zone that is given":            {given("timeZone", "Europe/Rome"), given("timeZone", "Europe/Oslo"), false, false, given("timeZone", "Europe/Oslo"), true},
		"extra joined":                    {given("extra", `{"a":1,"b":{"x":"<"}}`), given("extra", `{"b":"2","c":[null]}`), false, false, given("extra", `{"a":1,"b":"2","c":[null]}`), true},
		"extra filled":                    {given("extra", `{"a":1}`), given("extra", `{"a":2,"c":3}`), true, false, given("extra", `{"a":1,"c":3}`), true},
		"extra that is there":             {given("extra", `{"a":1,"b":2}`), given("extra", `{"b":2}`), false, false, given("extra", `{"a":1,"b":2}`), false},
		"extra that is blank":             {given("extra", `{"a":"Rome","b":"gold","c":null}`), given("extra", `{"a":"","b":null,"c":""}`), false, false, given("extra", `{"a":"Rome","b":"gold","c":null}`), false},
		"extra filled where blank":        {given("extra", `{"a":null,"b":"","c":"x"}`), given("extra", `{"a":"T","b":"Z","c":"y"}`), true, false, given("extra", `{"a":"T","b":"Z","c":"x"}`), true},
		"extra where none was":            {given(), given("extra", `{"Ort <1>":"Łódź"}`), false, false, given("extra", `{"Ort <1>":"Łódź"}`), true},
	} {
		if changed := c.have.Merge(c.row, c.fill, c.zone); changed != c.wantChanged || *c.have != *c.want {
			t.Errorf("%s: changed %v, got %+v", name, changed, c.have)
		}
	}
}

func TestRememberedMapping_Join(t *testing.T) {
	before := rollcall.RememberedMapping{RegionColumn: "R", Mapping: map[rollcall.Field]string{"phoneNumber": "A", "firstName": "B", "lastName": "C"}}
	got := before.Join(rollcall.RememberedMapping{Mapping: map[rollcall.Field]string{"firstName": "C", "timeZone": "Z"}})
	want := map[rollcall.Field]string{"phoneNumber": "A", "firstName": "C", "timeZone": "Z"}
	if got.RegionColumn != "R" || !maps.Equal(got.Mapping, want) {
		t.Errorf("%+v, want %v", got, want)
	}
}

func TestImportOptions_Validate(t *testing.T) {
	share := func(f float64) *float64 { return &f }
	for name, c := range map[string]struct {
		o     rollcall.ImportOptions
		wrong string
	}{
		"none":              {rollcall.ImportOptions{}, ""},
		"all right":         {rollcall.ImportOptions{Duplicates: "update", Match: "uniqueId", Scope: "account", Mode: "replace", Header: "false", Encoding: "Windows-1252", PhoneRule: "mobile", Region: "GB", MaxRejectShare: share(0.5)}, ""},
		"unknown words":     {rollcall.ImportOptions{Duplicates: "x", Match: "x", Scope: "x", Mode: "x", Encoding: "koi8-r", Header: "x", PhoneRule: "x", Region: "xx"}, "duplicates match scope mode encoding header phoneRule region"},
		"an unknown field":  {rollcall.ImportOptions{Mapping: map[rollcall.Field]string{"fax": "F"}}, "mapping"},
		"a share over one":  {rollcall.ImportOptions{MaxRejectShare: share(1.01)}, "maxRejectShare"},
		"lists without any": {rollcall.ImportOptions{Scope: "lists"}, "scopeLists"},
		"lists elsewhere":   {rollcall.ImportOptions{Scope: "account", ScopeLists: []string{"a"}}, "scopeLists"},
		"allow in a scope":  {rollcall.ImportOptions{Duplicates: "allow", Scope: "account"}, "scope"},
	} {
		if got := fields(c.o.Validate()); got != c.wrong {
			t.Errorf("%s: wrong fields %q, want %q", name, got, c.wrong)
		}
	}
	o := rollcall.ImportOptions{ScopeLists: []string{"a"}}
	if o.Complete(true); o.Duplicates != rollcall.DuplicatesAllow || o.Scope != rollcall.ScopeLists || o.Match != rollcall.MatchPhone || o.Mode != rollcall.ModeAppend {
		t.Errorf("%+v", o)
	}
}

func TestImport_TheStepsOfItsLife(t *testing.T) {
	all := []rollcall.ImportState{rollcall.ImportQueued, rollcall.ImportRunning, rollcall.ImportDone, rollcall.ImportFailed, rollcall.ImportCancelled}
	steps := map[string]func(*rollcall.Import) error{
		"claim":  func(i *rollcall.Import) error { return i.Claim("w", now) },
		"end":    func(i *rollcall.Import) error { return i.End(nil, now) },
		"cancel": func(i *rollcall.Import) error { return i.RequestCancel(now) },
		"retry":  func(i *rollcall.Import) error { _, err := i.Retry(now); return err },
		"undo":   func(i *rollcall.Import) error { return i.RequestUndo() },
	}
	allowed := map[string]string{
		"claim queued": "running", "claim running": "running", "end running": "done", "cancel queued": "cancelled", "cancel running": "running",
		"retry failed": "queued", "retry cancelled": "queued", "undo done": "done", "undo failed": "failed", "undo cancelled": "cancelled",
	}
	for name, step := range steps {
		for _, state := range all {
			i := &rollcall.Import{State: state, UploadID: "up", Counts: rollcall.ImportCounts{Rows: 1, Added: 1}}
			err := step(i)
			want, ok := allowed[name+" "+string(state)]
			if (err == nil) != ok || ok && string(i.State) != want || !ok && i.State != state {
				t.Errorf("%s %s: %v, then %s", name, state, err, i.State)
			}
			if err != nil && rollcall.CodeOf(err) != rollcall.CodeConflict {
				t.Errorf("%s %s: %v", name, state, err)
			}
		}
	}
}

func TestImport_StrictTakesAllBack(t *testing.T) {
	for _, c := range []struct {
		strict bool
		added  int64
		want   rollcall.UndoState
	}{{true, 3, rollcall.UndoQueued}, {true, 0, rollcall.UndoNone}, {false, 3, rollcall.UndoNone}} {
		i := &rollcall.Import{State: rollcall.ImportRunning, Counts: rollcall.ImportCounts{Rows: c.added, Added: c.added}, Options: rollcall.ImportOptions{Strict: c.strict}}
		if err := i.End(&rollcall.Failure{Code: rollcall.FailureCancelled, Message: "Cancelled."}, now); err != nil || i.Undo.State != c.want || i.State != rollcall.ImportCancelled {
			t.Errorf("%+v: %v, %+v", c, err, i)
		}
	}
}

func TestImportOptions_CheckRejects(t *testing.T) {
	share := 0.1
	for _, c := range []struct {
		o        rollcall.ImportOptions
		rejected int64
		refused  bool
	}{
		{rollcall.ImportOptions{}, 100, false}, {rollcall.ImportOptions{Strict: true}, 0, false}, {rollcall.ImportOptions{Strict: true}, 1, true},
		{rollcall.ImportOptions{MaxRejectShare: &share}, 10, false}, {rollcall.ImportOptions{MaxRejectShare: &share}, 11, true},
	} {
		if got := c.o.CheckRejects(rollcall.ImportCounts{Rows: 100, Added: 100 - c.rejected, Rejected: c.rejected}); (got != nil) != c.refused {
			t.Errorf("%+v, %d rejects: %+v", c.o, c.rejected, got)
		}
	}
}
