package main

import (
	"errors"
	"fmt"

	"rollcall/server"
)

type doctorCommand struct {
	server.Storage
	JSON bool `name:"json" help:"Print one JSON object."`
}

// errUnhealthy is what doctor ends with when a check failed; each has been told.
var errUnhealthy = errors.New("a check failed; see above")

// Run examines everything and changes nothing but the schema, which every
// command brings up to date.
func (d *doctorCommand) Run(c *console) error {
	checks := server.Examine(c, d.Storage)
	healthy := true
	for _, check := range checks {
		healthy = healthy && check.OK
	}
	if d.JSON {
		if err := c.writeJSON(map[string]any{"healthy": healthy, "checks": checks}); err != nil {
			return err
		}
	} else {
		for _, check := range checks {
			mark := "ok    "
			if !check.OK {
				mark = "FAILED"
			}
			fmt.Fprintf(c.out, "%s  %-22s %s\n", mark, check.Name, check.Found)
		}
	}
	if !healthy {
		return errUnhealthy
	}
	return nil
}
