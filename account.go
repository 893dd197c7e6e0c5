package rollcall

import "time"

// Account is a customer. It comes into being with its first app.
type Account struct {
	Key       int64  // its number in the store
	ID        string // 24 hexadecimal digits
	OrgID     string // o-…
	CreatedAt time.Time
}
