package auth

import (
	"bytes"
	"testing"

	"rollcall"
)

func TestSealer_OpensWhatItSealed(t *testing.T) {
	sealer := must(NewSealer(testMasterKey))
	for _, plain := range []string{"", "x", string(make([]byte, 1<<16))} {
		sealed := sealer.Seal([]byte(plain), "context")
		if len(sealed) != len(plain)+29 {
			t.Errorf("%d bytes became %d", len(plain), len(sealed))
		}
		got, err := sealer.Open(sealed, "context")
		if err != nil || string(got) != plain {
			t.Errorf("%d bytes: %v", len(plain), err)
		}
		if bytes.Equal(sealed, sealer.Seal([]byte(plain), "context")) {
			t.Error("sealing twice gives the same bytes")
		}
	}
}

func TestSealer_RefusesWhatItDidNotSeal(t *testing.T) {
	sealer, other := must(NewSealer(testMasterKey)), must(NewSealer(make([]byte, MasterKeySize)))
	sealed := sealer.Seal([]byte("secret"), "app secret cs-1")
	if _, err := sealer.Open(sealed, "app secret cs-2"); err == nil {
		t.Error("a secret was moved to another app")
	}
	if _, err := other.Open(sealed, "app secret cs-1"); err == nil {
		t.Error("another master key opens it")
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := sealer.Open(changed, "app secret cs-1"); err == nil {
			t.Errorf("byte %d was changed and it opens", i)
		}
		if _, err := sealer.Open(sealed[:i], "app secret cs-1"); err == nil {
			t.Errorf("cut at byte %d, it opens", i)
		}
	}
}

func TestNewSealer_RefusesAKeyOfAnotherLength(t *testing.T) {
	for _, size := range []int{0, 16, 31, 33, 64} {
		if _, err := NewSealer(make([]byte, size)); err == nil {
			t.Errorf("%d bytes were accepted", size)
		}
	}
}

func TestSealer_KeyCheckTellsTheMasterKey(t *testing.T) {
	sealer, again, other := must(NewSealer(testMasterKey)), must(NewSealer(testMasterKey)), must(NewSealer(make([]byte, MasterKeySize)))
	kept := sealer.KeyCheck()
	if err := again.VerifyKeyCheck(kept); err != nil {
		t.Error(err)
	}
	wantHint(t, "another key", other.VerifyKeyCheck(kept), "restore its master.key file")
	wantHint(t, "nothing kept", sealer.VerifyKeyCheck(nil), "restore its master.key file")
	if bytes.Contains(kept, testMasterKey[:8]) {
		t.Error("the check gives the key away")
	}
	kept[0] ^= 1
	if bytes.Equal(kept, sealer.KeyCheck()) {
		t.Error("a caller can change the sealer's own check")
	}
}

func TestSecrets_OpensThemNewestLast(t *testing.T) {
	sealer := must(NewSealer(testMasterKey))
	id, first, second := NewClientID(), NewSecret(), NewSecret()
	app := &rollcall.App{ClientID: id, Keys: []rollcall.AppKey{NewAppKey(sealer, id, first), NewAppKey(sealer, id, second)}}
	got, err := sealer.Secrets(app)
	if err != nil || len(got) != 2 || string(got[0]) != first || string(got[1]) != second {
		t.Errorf("secrets = %q, %v", got, err)
	}
	if len(first) != 64 || first == second {
		t.Errorf("secrets %q and %q, want 64 characters, different", first, second)
	}
	if app.Keys[0].ID == app.Keys[1].ID {
		t.Error("two keys have one id")
	}
	app.ClientID = NewClientID()
	if _, err := sealer.Secrets(app); err == nil {
		t.Error("another app's secrets were opened")
	}
}

func TestSealer_ErasureKey(t *testing.T) {
	sealer, other := must(NewSealer(testMasterKey)), must(NewSealer(make([]byte, MasterKeySize)))
	key := sealer.ErasureKey()
	if len(key) != 32 || !bytes.Equal(key, must(NewSealer(testMasterKey)).ErasureKey()) {
		t.Error("the key must follow from the master key")
	}
	for name, not := range map[string][]byte{"another master key's": other.ErasureKey(), "the key check, which the database has": sealer.KeyCheck(), "the master key": testMasterKey} {
		if bytes.Equal(key, not) {
			t.Error("the erasure key is " + name)
		}
	}
	key[0] ^= 1
	if bytes.Equal(key, sealer.ErasureKey()) {
		t.Error("the caller can change the sealer's key")
	}
}
