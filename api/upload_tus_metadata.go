package api

import (
	"encoding/base64"
	"slices"
	"strings"

	"rollcall"
)

const headerUploadMetadata = "Upload-Metadata"

// checkMetadata refuses a header Upload-Metadata that does not have the form of the
// protocol: pairs of a name and a value in Base64, joined by commas, each name once. tusd
// passes over what is wrong, and a file would lose its name by it.
func checkMetadata(header string) error {
	if strings.TrimSpace(header) == "" {
		return nil
	}
	var names []string
	for pair := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), " ")
		_, err := base64.StdEncoding.Strict().DecodeString(value)
		if name == "" || err != nil || slices.Contains(names, name) || strings.ContainsFunc(name, notInToken) {
			return rollcall.Invalid("header."+headerUploadMetadata, "The header Upload-Metadata must be pairs of a name and, after a blank, a value in Base64, joined by commas, each name once.")
		}
		names = append(names, name)
	}
	return nil
}

// notInToken is true of what no name has: blanks, control characters, and what is not ASCII.
func notInToken(r rune) bool { return r <= ' ' || r > '~' }
