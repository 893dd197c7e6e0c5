package ingest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"rollcall"
)

// ledgerPage is how many rejects are read from the store at once. Each may hold
// a row of the greatest length.
const ledgerPage = 100

// ledgerColumns stand before the file's own in a rejects file. A file with such
// a header is one that comes back mended, and they are not kept.
var ledgerColumns = []string{"row", "code", "message"}

// isRejectsFile tells whether a file with these columns is a rejects file.
func isRejectsFile(columns []string) bool {
	n := len(ledgerColumns)
	return len(columns) > n && slices.Equal(columns[:n], ledgerColumns)
}

// ledger writes the rejected rows as a file to mend and send again: the file's
// own delimiter, header and cells, and in front of them what was wrong.
//
// The cells are given back as they stood. Elsewhere we neutralise what a
// spreadsheet would take for a formula; here that would change a row on its way
// back in ("+1 415 555 0123" begins like a formula). Our own three columns hold a
// number, a code and a sentence of ours, never a text from outside.
type ledger struct {
	path   string   // empty: nothing is written
	file   *os.File // under another name until it is whole
	out    *bufio.Writer
	format *Format
	scan   scanner
	delim  string
}

// openLedger begins a rejects file. It does so before the import, so that a path
// that cannot be written to is found at once and not after hours.
func openLedger(path string, from *source, f *Format) (*ledger, error) {
	l := &ledger{path: path, out: bufio.NewWriter(io.Discard), format: f, scan: f.scanner(maxRecord), delim: string(rune(f.Delimiter))}
	if path == "" {
		return l, nil
	}
	if info, err := os.Stat(path); err == nil && (os.SameFile(info, from.info) || info.IsDir()) {
		return nil, rollcall.Invalid("rejects", "The rejects file must be another than the file that is imported, and no folder.")
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, &rollcall.Error{
			Code: rollcall.CodeInvalid, Reason: rollcall.ReasonInvalidField, Field: "rejects",
			Message: "The rejects file " + path + " cannot be written.", Err: err,
		}
	}
	l.file, l.out = file, bufio.NewWriterSize(file, 64<<10)
	l.header()
	return l, nil
}

// put writes a text. An error of a bufio.Writer stays until it is flushed, so only
// flush looks at it.
func (l *ledger) put(s string) { _, _ = l.out.WriteString(s) }

// header writes what stands before the first row.
func (l *ledger) header() {
	if l.format.Mark || l.format.Encoding != UTF8 {
		// Who opened the file with a program that needs a mark opens this one with it.
		l.put("\ufeff")
	}
	if l.format.SepLine {
		l.put("sep=" + l.delim)
		l.endLine()
	}
	l.cells(append(append([]string(nil), ledgerColumns...), l.format.Columns...))
	l.endLine()
}

// write writes rejects.
func (l *ledger) write(rejects []rollcall.Reject) error {
	for _, r := range rejects {
		l.cells([]string{strconv.FormatInt(r.Number, 10), r.Code, r.Message})
		l.put(l.delim)
		l.row(r.Raw)
		l.endLine()
	}
	return l.flush()
}

// row writes a row as it stood. One with an unclosed quote would swallow the
// rows after it, so its quotes are made text.
func (l *ledger) row(raw string) {
	l.scan.reset([]byte(raw), true)
	if l.scan.next() && l.scan.fault == faultNone && l.scan.pos == len(raw) {
		l.put(raw)
		return
	}
	l.cells(strings.Split(raw, l.delim))
}

func (l *ledger) cells(cells []string) {
	for i, s := range cells {
		if i > 0 {
			l.put(l.delim)
		}
		if strings.Contains(s, l.delim) || strings.ContainsAny(s, "\"\r\n") {
			s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		l.put(s)
	}
}

func (l *ledger) endLine() { l.put(string(rune(l.format.LineEnd))) }

func (l *ledger) flush() error {
	if err := l.out.Flush(); err != nil {
		return &rollcall.Error{Code: rollcall.CodeInternal, Message: "The rejects file could not be written.", Err: err}
	}
	return nil
}

// fromStore writes all rejects of an import, also those of a run before this one.
func (l *ledger) fromStore(ctx context.Context, store Store, im *rollcall.Import) error {
	for after := int64(0); l.path != ""; {
		page, err := store.Rejects(ctx, im, after, ledgerPage)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := l.write(page); err != nil {
			return err
		}
		after = page[len(page)-1].Number
	}
	return nil
}

// publish gives the file its name: it is there whole or not at all.
func (l *ledger) publish() error {
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	err := errors.Join(l.flush(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), l.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return &rollcall.Error{Code: rollcall.CodeInternal, Message: "The rejects file could not be written.", Err: err}
	}
	return nil
}

// discard drops what was not published.
func (l *ledger) discard() {
	if l.file != nil {
		_ = l.file.Close()
		_ = os.Remove(l.file.Name()) // at worst a file without a name that anybody reads is left
		l.file = nil
	}
}
