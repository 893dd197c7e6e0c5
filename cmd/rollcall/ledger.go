package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"rollcall"
	"rollcall/ingest"
	"rollcall/store"
)

// writeLedger writes what became of each row of an import into the file that
// --ledger names.
func (i *importCommand) writeLedger(c *console, s *store.Store, im *rollcall.Import) (err error) {
	if i.Ledger == "" || im == nil {
		return nil
	}
	return writeFile(i.Ledger, func(w io.Writer) error {
		return ingest.WriteLedger(c, w, s, im, ledgerFormat(i.Ledger), nil)
	})
}

// ledgerFormat is what the name of a file asks for.
func ledgerFormat(path string) ingest.LedgerFormat {
	if strings.HasSuffix(path, ".ndjson") {
		return ingest.LedgerNDJSON
	}
	return ingest.LedgerCSV
}

// writeFile writes a file that is there whole or not at all.
func writeFile(path string, write func(io.Writer) error) (err error) {
	partial := path + ".partial"
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err == nil {
		if err = errors.Join(write(f), f.Close()); err == nil {
			err = os.Rename(partial, path)
		}
	}
	if err != nil {
		_ = os.Remove(partial)
		return &rollcall.Error{Code: rollcall.CodeInternal, Message: "The file " + path + " could not be written.", Err: err}
	}
	return nil
}
