package storetest

import "syscall"

// dieWithParent has the kernel stop a process when the thread that started it ends.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }
