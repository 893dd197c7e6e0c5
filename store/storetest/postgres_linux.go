package storetest

import "syscall"

// dieWithParent has the kernel stop a process when the thread that started it ends.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGINT }

// memoryFolder is where Linux keeps files in memory.
const memoryFolder = "/dev/shm"

// folderForTests is where a PostgreSQL that forgets about the disk keeps its files: in
// memory, if a gigabyte or two of it is free. A database is a thousand files, and
// ext4 takes a tenth of a second to make them after as many were deleted. Empty: where
// temporary files are.
func folderForTests() string {
	var free syscall.Statfs_t
	if err := syscall.Statfs(memoryFolder, &free); err != nil || free.Bavail*uint64(free.Bsize) < 2<<30 {
		return ""
	}
	return memoryFolder
}
