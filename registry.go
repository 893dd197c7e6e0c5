package rollcall

import (
	"fmt"
	"strings"
	"time"
)

// RegistryKind is a kind of thing that campaigns name besides lists. What such a
// thing does is not Rollcall's business: it keeps its name, and gives it an id.
type RegistryKind string

// The kinds.
const (
	KindFlow     RegistryKind = "experienceFlow"
	KindQueue    RegistryKind = "queue"
	KindTemplate RegistryKind = "messageTemplate"
)

// Prefix is that of the ids of a kind.
func (k RegistryKind) Prefix() string {
	return map[RegistryKind]string{KindFlow: PrefixFlow, KindQueue: PrefixQueue, KindTemplate: PrefixTemplate}[k]
}

// Noun is what people call one of a kind.
func (k RegistryKind) Noun() string {
	return map[RegistryKind]string{KindFlow: "experience flow", KindQueue: "queue", KindTemplate: "message template"}[k]
}

// MaxRegistryName is the longest name of an experience flow, a queue or a message
// template, in characters.
const MaxRegistryName = 128

// RegistryEntry is an experience flow, a queue or a message template.
type RegistryEntry struct {
	ID        string
	Owner     Owner
	Kind      RegistryKind
	Name      string // unique among its kind in the application, whatever its case
	CreatedBy string
	CreatedAt time.Time
}

// NewRegistryEntry makes one.
func NewRegistryEntry(kind RegistryKind, name string, owner Owner, user string, now time.Time) (*RegistryEntry, error) {
	e := &RegistryEntry{ID: NewID(kind.Prefix()), Owner: owner, Kind: kind, Name: name, CreatedBy: user, CreatedAt: now}
	return e, checkText("name", name, MaxRegistryName)
}

// CheckDelete refuses while campaigns name it, and names them.
func (e *RegistryEntry) CheckDelete(campaigns []string) error {
	if len(campaigns) == 0 {
		return nil
	}
	return Conflict(ReasonInUse, fmt.Sprintf("The %s %s is used by: %s. Remove it from them first.", e.Kind.Noun(), e.Name, strings.Join(campaigns, ", ")))
}
