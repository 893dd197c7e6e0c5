package rollcall

// Schedule says whether runs of a campaign begin by themselves. The store keeps it as
// JSON.
type Schedule struct {
	Enabled bool
}
