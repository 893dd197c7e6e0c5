package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rollcall"
)

// testMasterKey has bytes that the two base64 alphabets spell differently.
var testMasterKey = append(bytes.Repeat([]byte{0xfb, 0xff, 0xbe}, 10), 1, 2)

func TestLoadMasterKey_FromTheSetting(t *testing.T) {
	good := map[string]string{
		"hex":                 hex.EncodeToString(testMasterKey),
		"HEX":                 strings.ToUpper(hex.EncodeToString(testMasterKey)),
		"base64":              base64.StdEncoding.EncodeToString(testMasterKey),
		"base64, no padding":  base64.RawStdEncoding.EncodeToString(testMasterKey),
		"base64url":           base64.URLEncoding.EncodeToString(testMasterKey),
		"base64url, unpadded": base64.RawURLEncoding.EncodeToString(testMasterKey),
		"with spaces around":  " " + hex.EncodeToString(testMasterKey) + "\n",
	}
	for name, setting := range good {
		folder := t.TempDir()
		got, err := LoadMasterKey(folder, setting)
		if err != nil || !bytes.Equal(got, testMasterKey) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
		if entries, _ := os.ReadDir(folder); len(entries) != 0 {
			t.Errorf("%s: a file was made although the setting gives the key", name)
		}
	}
	bad := map[string]string{
		"short":       "abcd",
		"a password":  "correct horse battery staple",
		"31 bytes":    hex.EncodeToString(testMasterKey[1:]),
		"33 bytes":    base64.StdEncoding.EncodeToString(append(testMasterKey[:32:32], 0)),
		"not hex":     strings.Repeat("xy", 32),
		"stray bits":  base64.RawStdEncoding.EncodeToString(testMasterKey)[:42] + "J",
		"0x in front": "0x" + hex.EncodeToString(testMasterKey),
	}
	for name, setting := range bad {
		_, err := LoadMasterKey(t.TempDir(), setting)
		wantHint(t, name, err, "openssl rand -hex 32")
		if strings.Contains(err.Error(), setting) {
			t.Errorf("%s: the error repeats the setting", name)
		}
	}
}

func TestLoadMasterKey_MakesTheFileOnce(t *testing.T) {
	folder := t.TempDir()
	first, err := LoadMasterKey(folder, "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := LoadMasterKey(folder, "  ")
	if err != nil || !bytes.Equal(first, second) || len(first) != MasterKeySize {
		t.Fatalf("%x, then %x, %v", first, second, err)
	}
	info, _ := os.Stat(filepath.Join(folder, masterKeyFile))
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o, want 600", info.Mode().Perm())
	}
	text, _ := os.ReadFile(filepath.Join(folder, masterKeyFile))
	if string(text) != hex.EncodeToString(first)+"\n" {
		t.Errorf("the file holds %q", text)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestLoadMasterKey_ProcessesThatStartTogetherShareOneKey(t *testing.T) {
	for range 20 {
		folder := t.TempDir()
		keys := make([][]byte, 8)
		start := make(chan struct{})
		var starts sync.WaitGroup
		for i := range keys {
			starts.Go(func() {
				<-start
				keys[i] = must(LoadMasterKey(folder, ""))
			})
		}
		close(start)
		starts.Wait()
		for _, key := range keys {
			if !bytes.Equal(key, keys[0]) {
				t.Fatal("two processes have two keys")
			}
		}
		if entries, _ := os.ReadDir(folder); len(entries) != 1 {
			t.Fatalf("left behind: %v", entries)
		}
	}
}

func TestLoadMasterKey_RefusesAFileThatOthersMayRead(t *testing.T) {
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o620, 0o602, 0o666} {
		path := filepath.Join(t.TempDir(), masterKeyFile)
		os.WriteFile(path, []byte(hex.EncodeToString(testMasterKey)), 0o600)
		os.Chmod(path, mode)
		_, err := LoadMasterKey(filepath.Dir(path), "")
		wantHint(t, mode.String(), err, "chmod 600 "+path)
	}
	path := filepath.Join(t.TempDir(), masterKeyFile)
	os.WriteFile(path, []byte(hex.EncodeToString(testMasterKey)), 0o400)
	if key, err := LoadMasterKey(filepath.Dir(path), ""); err != nil || !bytes.Equal(key, testMasterKey) {
		t.Errorf("mode 400: %v", err)
	}
}

func TestLoadMasterKey_RefusesAMalformedFileAndLeavesIt(t *testing.T) {
	for name, text := range map[string]string{
		"empty":    "",
		"cut":      hex.EncodeToString(testMasterKey)[:63],
		"two keys": strings.Repeat(hex.EncodeToString(testMasterKey)+"\n", 2),
		"binary":   string(testMasterKey),
		"huge":     strings.Repeat("0", 1<<20),
	} {
		path := filepath.Join(t.TempDir(), masterKeyFile)
		os.WriteFile(path, []byte(text), 0o600)
		_, err := LoadMasterKey(filepath.Dir(path), "")
		wantHint(t, name, err, "restore it from your backup")
		if left, _ := os.ReadFile(path); string(left) != text {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestLoadMasterKey_SaysThatTheFolderIsMissing(t *testing.T) {
	_, err := LoadMasterKey(filepath.Join(t.TempDir(), "none"), "")
	wantHint(t, "no folder", err, "check the folder")
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v, want the cause in it", err)
	}
}

func wantHint(t *testing.T, name string, err error, hint string) {
	t.Helper()
	e, ok := errors.AsType[*rollcall.Error](err)
	if !ok || e.Code != rollcall.CodeInvalid || !strings.Contains(e.Message, hint) {
		t.Errorf("%s: err = %v, want the hint %q", name, err, hint)
	}
}
