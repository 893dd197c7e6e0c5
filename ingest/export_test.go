package ingest

// Small gives an importer that cuts a small file into many chunks and blocks. Rows
// may be longer than in the tests of what becomes of long ones.
func Small(s Store) *Importer {
	i := small(s)
	i.limit = 64 << 10
	return i
}
