package ingest

import (
	"errors"
	"slices"

	"rollcall"
	"rollcall/phone"
)

// entryNames are the names that people give to what is known of an entry of a DNC
// list, bare.
var entryNames = map[string][]string{
	rollcall.EntryReason:  {"reason", "dncreason", "optoutreason", "grund", "motif", "motivo"},
	rollcall.EntrySource:  {"source", "dncsource", "origin", "quelle"},
	rollcall.EntryExpires: {"expiresat", "expires", "expiry", "expirydate", "expirationdate", "expiration", "expireson", "validuntil", "blockeduntil", "until", "enddate"},
}

// entryName is the name under which a column of a DNC file is kept: where it is a
// name that entries know, that one. Of several columns that mean the same the first
// is taken.
func (m *mapper) entryName(i int, name string) string {
	for own, names := range entryNames {
		if !slices.Contains(names, bare(name)) {
			continue
		}
		first := slices.IndexFunc(m.names, func(other string) bool { return slices.Contains(names, bare(other)) })
		if first == i {
			return own
		}
	}
	return name
}

// entryNumber reads the number of a DNC file's row, which may be a prefix.
func (n *normaliser) entryNumber(sent string) (phone.Number, error) {
	return rollcall.ParseEntryNumber(n.rowParser(), sent)
}

// checkEntry holds what the last row says besides its number against the rules of
// entries.
func (n *normaliser) checkEntry(start int) *refusal {
	c := rollcall.Contact{Extra: string(n.extra[start:])}
	err := c.CheckEntry()
	if e, ok := errors.AsType[*rollcall.Error](err); ok {
		return &refusal{e.Reason, e.Message}
	}
	n.extra = append(n.extra[:start], c.Extra...)
	return nil
}
