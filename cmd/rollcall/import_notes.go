package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rollcall/client"
)

// keepNotes is how long notes count. It is as long as a server keeps a file by
// default: an import that an earlier command began is not what somebody means who
// repeats it a month later.
const keepNotes = 7 * 24 * time.Hour

// importNotes are what a command notes of an import on another server, so that the
// same command, repeated, goes on with it. They hold nothing of the file, and no
// secret.
type importNotes struct {
	path string // empty: there is no place for notes

	UploadID string                  `json:"uploadId"`
	Calls    map[string]*client.Call `json:"calls,omitempty"` // by what was asked for, see askedFor
}

// openNotes finds the notes about a file, by its content, on a server. Notes that
// cannot be read count as none.
func openNotes(server, account, application, digest string, size int64) *importNotes {
	n := &importNotes{}
	folder, err := os.UserCacheDir()
	if err != nil {
		return n
	}
	folder = filepath.Join(folder, "rollcall")
	dropOldNotes(folder)
	sum := sha256.Sum256([]byte(strings.Join([]string{server, account, application, digest, strconv.FormatInt(size, 10)}, "\n")))
	n.path = filepath.Join(folder, "import-"+hex.EncodeToString(sum[:])+".json")
	text, err := os.ReadFile(n.path)
	if err == nil && json.Unmarshal(text, n) != nil {
		return &importNotes{path: n.path}
	}
	return n
}

func dropOldNotes(folder string) {
	old, _ := filepath.Glob(filepath.Join(folder, "import-*.json*"))
	for _, path := range old {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > keepNotes {
			_ = os.Remove(path)
		}
	}
}

// begun tells whether an earlier command left something to go on with.
func (n *importNotes) begun() bool { return n.UploadID != "" }

// save writes the notes down, whole or not at all.
func (n *importNotes) save() error {
	if n.path == "" {
		return nil
	}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(n.path), 0o700); err != nil {
		return err
	}
	partial := n.path + "." + strconv.Itoa(os.Getpid())
	if err := os.WriteFile(partial, text, 0o600); err != nil {
		return err
	}
	return os.Rename(partial, n.path)
}

// note keeps a call before it is made.
func (n *importNotes) note(asked string, call *client.Call) error {
	if n.Calls == nil {
		n.Calls = map[string]*client.Call{}
	}
	n.Calls[asked] = call
	return n.save()
}

// drop forgets a call that has come to its end. The upload stays known: the next
// command may import the same file in another way.
func (n *importNotes) drop(asked string) error {
	delete(n.Calls, asked)
	return n.save()
}

// forget forgets an upload that is gone, and what was to be made of it. Imports
// that it was made into live on.
func (n *importNotes) forget() error {
	n.UploadID = ""
	for asked, call := range n.Calls {
		if call.ImportID == "" {
			delete(n.Calls, asked)
		}
	}
	return n.save()
}

// end removes the notes, where nothing else goes on by them.
func (n *importNotes) end(asked string) error {
	if err := n.drop(asked); err != nil || len(n.Calls) > 0 || n.path == "" {
		return err
	}
	if err := os.Remove(n.path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
