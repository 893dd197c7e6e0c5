package files

import "context"

// quiet is tusd's context without its values. To look a value up, tusd's copies
// the whole request's state, also while tusd writes to it; and what is handed a
// context looks values up whenever it likes, on goroutines of its own.
type quiet struct{ context.Context }

// Value gives nothing: nobody behind this asks for a value of the request.
func (quiet) Value(any) any { return nil }
