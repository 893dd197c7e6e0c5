package rollcall_test

import (
	"testing"
	"time"

	"rollcall"
)

func app() *rollcall.App {
	return &rollcall.App{
		Name: "Dialer", AccountID: "67777ce93e25326494e0abcd", Applications: []string{"st-1", "st-2"},
		Scopes: []rollcall.Scope{rollcall.ScopeCampaignManagement}, Algorithm: rollcall.HS256,
	}
}

func TestApp_Validate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*rollcall.App)
		wrong  string
	}{
		"as it is":            {func(*rollcall.App) {}, ""},
		"no name":             {func(a *rollcall.App) { a.Name = " " }, "name"},
		"a short account":     {func(a *rollcall.App) { a.AccountID = "67777ce9" }, "account"},
		"an account not hex":  {func(a *rollcall.App) { a.AccountID = "67777ce93e25326494e0abcg" }, "account"},
		"no application":      {func(a *rollcall.App) { a.Applications = nil }, "application"},
		"a wrong application": {func(a *rollcall.App) { a.Applications = []string{"st-1", "st-", "xx-1", "st-a b"} }, "application application application"},
	} {
		a := app()
		c.change(a)
		if got := fields(a.Validate()); got != c.wrong {
			t.Errorf("%s: wrong fields %q, want %q", name, got, c.wrong)
		}
	}
}

func TestApp_Authorise(t *testing.T) {
	for name, c := range map[string]struct {
		account, application string
		scopes               []rollcall.Scope
		field                string
	}{
		"its own":               {"67777ce93e25326494e0abcd", "st-2", app().Scopes, ""},
		"in capitals":           {"67777CE93E25326494E0ABCD", "st-1", app().Scopes, ""},
		"another account":       {"67777ce93e25326494e0abce", "st-1", app().Scopes, "accountId"},
		"another application":   {"67777ce93e25326494e0abcd", "st-3", app().Scopes, "iid"},
		"application by prefix": {"67777ce93e25326494e0abcd", "st-", app().Scopes, "iid"},
		"no scope":              {"67777ce93e25326494e0abcd", "st-1", nil, "auth"},
	} {
		a := app()
		a.Scopes = c.scopes
		err := a.Authorise(c.account, c.application, rollcall.ScopeCampaignManagement)
		if got := fields(err); got != c.field || err != nil && rollcall.CodeOf(err) != rollcall.CodeForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestApp_RotationAndRevocation(t *testing.T) {
	a := app()
	add := func(id string) error { return a.AddKey(rollcall.AppKey{ID: id}, now) }
	if err := a.RetireOldKeys(now); rollcall.CodeOf(err) != rollcall.CodeConflict {
		t.Errorf("no rotation runs: %v", err)
	}
	if err := add("old"); err != nil {
		t.Fatal(err)
	}
	if err := add("new"); err != nil {
		t.Fatal(err)
	}
	if err := add("third"); rollcall.CodeOf(err) != rollcall.CodeConflict || len(a.Keys) != 2 {
		t.Errorf("a third: %v", err)
	}
	if err := a.RetireOldKeys(now); err != nil || len(a.Keys) != 1 || a.Keys[0].ID != "new" {
		t.Errorf("%v %v", err, a.Keys)
	}
	a.Revoke(now.Add(time.Hour))
	a.Revoke(now.Add(2 * time.Hour))
	if !a.Revoked || len(a.Keys) != 0 || !a.UpdatedAt.Equal(now.Add(time.Hour)) {
		t.Errorf("%+v", a)
	}
	if err := add("late"); rollcall.CodeOf(err) != rollcall.CodeConflict {
		t.Errorf("a revoked app: %v", err)
	}
}
