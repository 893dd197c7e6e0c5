package ingest

import "rollcall"

// zone gives the contact its time zone: that of the row if the tz database knows
// it, else that of the number where its plan allows just one. What the row says
// and nobody knows is kept beside, and remarked on.
func (n *normaliser) zone(r *rollcall.Row, said string) {
	c := &r.Contact
	if said != "" {
		if zone := n.zones.Name(said); zone != "" {
			c.TimeZone = rollcall.Given(zone)
			return
		}
		r.Remark, n.strangeZone = timeZoneUnknown, said
	}
	if zone := c.Phone.TimeZone(); zone != "" {
		c.TimeZone, r.ZoneDerived = rollcall.Given(zone), true
	}
}
