package ingest

// Small gives an importer that cuts a small file into many chunks and blocks.
func Small(s Store) *Importer { return small(s) }
