package rollcall

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// Prefixes of ids (contract, section 1). An id is its prefix and a UUID.
const (
	PrefixContactList  = "cl-"
	PrefixContact      = "cc-"
	PrefixCampaign     = "cd-"
	PrefixRun          = "cid-"
	PrefixFlow         = "cf-"
	PrefixTemplate     = "cmt-"
	PrefixQueue        = "qu-"
	PrefixClaim        = "ck-"
	PrefixUser         = "u-"
	PrefixOrganisation = "o-"
	PrefixApplication  = "st-"
	PrefixApp          = "cs-"
	PrefixImport       = "im-"
	PrefixUpload       = "up-"
	PrefixErasure      = "er-"
)

// NewID gives a fresh id: the prefix and a random UUID (RFC 9562, version 4).
func NewID(prefix string) string {
	var u [16]byte
	rand.Read(u[:])
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return prefix + formatUUID(u)
}

// NewFileID gives a fresh id of a file: 24 hexadecimal digits.
func NewFileID() string {
	var b [12]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// contactSpaceBits is how much of a contact's UUID names its list.
const contactSpaceBits = 60

// NewContactSpace gives the random 60 bits that the ids of one list's contacts
// share. Together with the contact's sequence in the list they are its id, so
// that no id is stored with a contact and no index over ids is kept.
func NewContactSpace() int64 {
	var b [8]byte
	rand.Read(b[:])
	return int64(binary.BigEndian.Uint64(b[:]) >> (64 - contactSpaceBits))
}

// ContactID is the id of the contact with this sequence number in the list with
// this space: a UUID of version 8 (RFC 9562, section 5.8, free layout).
func ContactID(space, seq int64) string {
	var u [16]byte
	binary.BigEndian.PutUint64(u[:8], uint64(space)>>12<<16|0x8000|uint64(space)&0xfff)
	binary.BigEndian.PutUint64(u[8:], uint64(seq)&(1<<62-1)|1<<63)
	return PrefixContact + formatUUID(u)
}

// ParseContactID is the reverse of ContactID; ok is false for anything that
// ContactID did not write.
func ParseContactID(id string) (space, seq int64, ok bool) {
	text, found := strings.CutPrefix(id, PrefixContact)
	if !found || len(text) != 36 {
		return 0, 0, false
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != 16 {
		return 0, 0, false
	}
	high, low := binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:])
	space, seq = int64(high>>16<<12|high&0xfff), int64(low&(1<<62-1))
	return space, seq, ContactID(space, seq) == id
}

func formatUUID(u [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:16])
}

// IsAccountID tells whether s has the form of an account's id: 24 hexadecimal
// digits.
func IsAccountID(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil && len(s) == 24
}

// IsApplicationID tells whether s has the form of an application's id: "st-"
// and one to 61 letters, digits or hyphens.
func IsApplicationID(s string) bool {
	rest, ok := strings.CutPrefix(s, PrefixApplication)
	if !ok || rest == "" || len(s) > 64 {
		return false
	}
	for _, r := range rest {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-') {
			return false
		}
	}
	return true
}
