package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// HeaderKey names a header: two files with the same key have the same columns in
// the same order, whatever their names' case, blanks and punctuation. What a
// caller corrected for one is remembered for the other under it. It is 64
// hexadecimal digits. A rejects file has the key of the file that it came from. In
// a file without header there is nothing to remember.
func HeaderKey(columns []string) string {
	sum := sha256.New()
	for _, column := range fileColumns(columns) {
		name := bare(column)
		if name == "" { // "#" and "%" are two names
			name = strings.TrimSpace(column)
		}
		// NUL stands in no name, so that the names cannot run together.
		_, _ = sum.Write([]byte(name + "\x00"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
