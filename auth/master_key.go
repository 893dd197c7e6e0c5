package auth

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"rollcall"
)

// MasterKeySize is the length of a master key in bytes.
const MasterKeySize = 32

// masterKeyFile is the file in the data folder that holds the master key where
// no setting gives it.
const masterKeyFile = "master.key"

// LoadMasterKey gives the key that seals the secrets of apps.
//
// setting is the value of ROLLCALL_MASTER_KEY: 32 bytes written as 64
// hexadecimal digits or as base64 (RFC 4648, either alphabet, padded or not).
// Where it is blank, the key is read from the file master.key in dataDir, which
// must exist; the file is made at first use, readable by its owner only, and
// never overwritten. Processes that start together on an empty folder end with
// one and the same key.
//
// A setting or a file that is malformed, and a file that others may read, are
// refused with [rollcall.CodeInvalid] and a hint; nothing is repaired silently.
func LoadMasterKey(dataDir, setting string) ([]byte, error) {
	if text := strings.TrimSpace(setting); text != "" {
		key, ok := parseMasterKey(text)
		if !ok {
			return nil, masterKeyError("ROLLCALL_MASTER_KEY must be 32 bytes, as 64 hexadecimal digits or as base64; make one with: openssl rand -hex 32", nil)
		}
		return key, nil
	}
	path := filepath.Join(dataDir, masterKeyFile)
	key, err := readMasterKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createMasterKey(path); err != nil {
		return nil, masterKeyError("The master key file "+path+" could not be made; check the folder, or set ROLLCALL_MASTER_KEY.", err)
	}
	// Read back what is there: another process may have been first.
	return readMasterKey(path)
}

// HasMasterKey tells whether there is a key for LoadMasterKey to find, so that it
// need not make one.
func HasMasterKey(dataDir, setting string) bool {
	_, err := os.Lstat(filepath.Join(dataDir, masterKeyFile))
	return err == nil || strings.TrimSpace(setting) != ""
}

// parseMasterKey reads the key's text. Its length tells hex from base64.
func parseMasterKey(text string) (key []byte, ok bool) {
	if len(text) == hex.EncodedLen(MasterKeySize) {
		key, err := hex.DecodeString(text)
		return key, err == nil
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	key, err := base64.RawStdEncoding.Strict().DecodeString(text)
	return key, err == nil && len(key) == MasterKeySize
}

// readMasterKey reads the key's file. The error is [fs.ErrNotExist] as it came
// when there is none.
func readMasterKey(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// The open file is asked, not the path: nobody can swap it in between.
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	// Windows has no such mode bits; Go makes them up there.
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, masterKeyError(fmt.Sprintf("The master key file %s may be read or changed by others than its owner (mode %04o); run: chmod 600 %s", path, info.Mode().Perm(), path), nil)
	}
	text, err := io.ReadAll(io.LimitReader(file, 1024))
	if err != nil {
		return nil, err
	}
	key, ok := parseMasterKey(strings.TrimSpace(string(text)))
	if !ok {
		return nil, masterKeyError("The master key file "+path+" does not hold 64 hexadecimal digits; restore it from your backup. Rollcall never overwrites it.", nil)
	}
	return key, nil
}

// createMasterKey makes the key's file unless there is one. The whole content is
// written and on disk before the file gets its name, and link fails where the
// name is taken: no reader sees half a key and no process overwrites another's.
func createMasterKey(path string) error {
	folder := filepath.Dir(path)
	temp, err := os.CreateTemp(folder, "."+masterKeyFile+"-*") // O_EXCL, mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	key := make([]byte, MasterKeySize)
	rand.Read(key)
	_, err = temp.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(folder)
}

// syncFolder puts a folder's entries on disk: a key that vanished in a power cut
// would leave a database that nobody can open.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // cannot be done there, and NTFS journals names
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func masterKeyError(message string, cause error) error {
	return &rollcall.Error{
		Code:    rollcall.CodeInvalid,
		Reason:  rollcall.ReasonInvalidField,
		Field:   "master-key",
		Message: message,
		Err:     cause,
	}
}
