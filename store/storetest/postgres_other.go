//go:build !linux

package storetest

import "syscall"

// dieWithParent is something that only Linux can do: elsewhere a test that is
// killed leaves its PostgreSQL running.
func dieWithParent(*syscall.SysProcAttr) {}

func folderForTests() string { return "" }
