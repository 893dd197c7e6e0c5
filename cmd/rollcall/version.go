package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the release build: -ldflags "-X main.version=1.2.3".
var version = ""

// buildVersion is the release, else the commit that the binary was built from.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return "development-" + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return "development"
}

type versionCommand struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run tells the version.
func (v *versionCommand) Run(c *console) error {
	if v.JSON {
		return c.writeJSON(map[string]string{"version": buildVersion(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
	}
	_, err := fmt.Fprintf(c.out, "rollcall %s (%s, %s/%s)\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
